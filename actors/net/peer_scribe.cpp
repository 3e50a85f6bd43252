#include "actors/net/peer_scribe.hpp"

#include "base/address.hpp"

#include <caf/io/basp/header.hpp>
#include <caf/io/basp/message_type.hpp>
#include <caf/io/network/native_socket.hpp>

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

namespace daybook::actors {

namespace {

using caf::io::basp::message_type;

/// The first message of a connection names a process, and what is published there.
constexpr std::uint32_t greeting_bytes_max = 64 * 1024;

struct announcement {
  message_type operation;
  std::uint32_t payload_bytes;
};

/// The parts of a header that tell what comes after it, where CAF writes them.
announcement read_header(const void* header) {
  std::array<unsigned char, 8> bytes{};
  std::memcpy(bytes.data(), header, bytes.size());
  std::uint32_t size = 0;
  for (auto i = 4U; i < 8; ++i)
    size = size << 8 | bytes[i];
  return {static_cast<message_type>(bytes[0]), size};
}

/// What an end that wants TLS says last to one that does not know it.
bool is_tls_alert(const caf::byte_buffer& begun) {
  return begun.size() > 1 && begun[0] == caf::byte{0x15} && begun[1] == caf::byte{0x03};
}

door::time_point now() { return std::chrono::steady_clock::now(); }

} // namespace

peer_scribe::peer_scribe(caf::io::network::default_multiplexer& backend, native_socket socket,
                         std::unique_ptr<tls_session> tls, const peer_limits& limits, origin from)
    : scribe(caf::io::network::conn_hdl_from_socket(socket)),
      tls_(std::move(tls)),
      stream_(backend, socket, wire{tls_.get()}),
      limits_(limits),
      from_(std::move(from)) {
  if (from_.came_in_by)
    place_ = from_.came_in_by->enter(*this, to_string(address{addr(), port()}), now());
}

peer_scribe::~peer_scribe() {
  if (place_)
    from_.came_in_by->leave(*place_);
}

void peer_scribe::configure_read(caf::io::receive_policy::config config) {
  stream_.configure_read(config);
  // CAF changes it from headers to contents and back, and never otherwise.
  awaits_header_ = !is_launched_ || !awaits_header_;
  if (std::exchange(is_launched_, true))
    return;
  stream_.start(this);
  // TLS begins although there is nothing to write.
  if (tls_)
    stream_.force_empty_write(this);
}

void peer_scribe::flush() {
  if (stream_.wr_buf().size() > limits_.unsent_bytes_max) {
    refuse({refusal::size, "it does not read what it is sent"});
    cut();
    return;
  }
  stream_.flush(this);
}

void peer_scribe::graceful_shutdown() {
  // By CAF, over what it has just read; or else the whole system ends.
  if (!is_greeted_ && is_consuming_)
    refuse({refusal::protocol, "it does not speak CAF's protocol"});
  if (place_)
    from_.came_in_by->begin_to_leave(*place_, now());
  stream_.graceful_shutdown();
  detach(&stream_.backend(), false);
}

std::string peer_scribe::addr() const {
  auto x = caf::io::network::remote_addr_of_fd(stream_.fd());
  return x ? *x : std::string{};
}

std::uint16_t peer_scribe::port() const {
  auto x = caf::io::network::remote_port_of_fd(stream_.fd());
  return x ? *x : std::uint16_t{0};
}

void peer_scribe::remove_from_loop() {
  explain_end();
  stream_.passivate();
}

/// The connection ends by itself, or the other end ended it.
void peer_scribe::explain_end() {
  if (is_greeted_ || is_explained_)
    return;
  // Who just goes has perhaps only looked whether the port is open.
  if (tls_ && !tls_->problem().empty())
    refuse({refusal::tls, place_ ? tls_->problem() : "TLS: " + tls_->problem()});
  else if (!tls_ && is_tls_alert(stream_.rd_buf()))
    refuse({refusal::protocol, "it speaks TLS, and this end does not"});
}

std::optional<peer_scribe::objection> peer_scribe::judge(const void* header) const {
  auto [operation, size] = read_header(header);
  auto is_greeting =
      operation == message_type::client_handshake || operation == message_type::server_handshake;
  if (is_greeting && (size == 0 || size > greeting_bytes_max))
    return objection{refusal::protocol, "its greeting has no content, or too much"};
  auto expected = place_ ? message_type::client_handshake : message_type::server_handshake;
  if (is_greeting ? operation != expected : !is_greeted_)
    return objection{refusal::protocol, "it does not greet as CAF's protocol demands"};
  if (size > limits_.message_bytes_max)
    return objection{refusal::size, "it announces a message of " + std::to_string(size) +
                                        " bytes; the most is " +
                                        std::to_string(limits_.message_bytes_max)};
  return std::nullopt;
}

bool peer_scribe::consume(caf::execution_unit* ctx, const void* data, std::size_t size) {
  if (detached())
    return false;
  auto is_header = awaits_header_;
  if (is_header && size == caf::io::basp::header_size)
    if (auto wrong = judge(data)) {
      refuse(*wrong);
      io_failure(ctx, caf::io::network::operation::read);
      return false;
    }
  is_consuming_ = true;
  auto goes_on = scribe::consume(ctx, data, size);
  is_consuming_ = false;
  if (!is_header && !is_greeted_ && !detached()) {
    is_greeted_ = true;
    if (place_)
      from_.came_in_by->greet(*place_);
  }
  return goes_on;
}

void peer_scribe::refuse(const objection& x) {
  if (std::exchange(is_explained_, true))
    return;
  if (place_)
    from_.came_in_by->refuse(x.kind, (*place_)->peer, x.why, now());
  else if (from_.on_failure && !is_greeted_)
    from_.on_failure(x.why);
}

void peer_scribe::cut() {
  is_explained_ = true;
  ::shutdown(stream_.fd(), SHUT_RDWR);
}

} // namespace daybook::actors
