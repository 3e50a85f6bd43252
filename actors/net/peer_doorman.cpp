#include "actors/net/peer_doorman.hpp"

#include "actors/net/peer_scribe.hpp"
#include "base/address.hpp"

#include <caf/detail/socket_guard.hpp>
#include <caf/io/abstract_broker.hpp>
#include <caf/make_counted.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace daybook::actors {

namespace {

using caf::io::network::invalid_native_socket;

int open_reserve() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

int accept_one(int listening) {
  return ::accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

std::string peer_of(int socket) {
  auto host = caf::io::network::remote_addr_of_fd(socket);
  auto port = caf::io::network::remote_port_of_fd(socket);
  return to_string(address{host ? *host : "", port ? *port : std::uint16_t{0}});
}

door::time_point now() { return std::chrono::steady_clock::now(); }

} // namespace

// -- accepting ------------------------------------------------------------------------------------

peer_doorman::acceptance::acceptance(std::shared_ptr<door> in)
    : door_(std::move(in)), reserve_(open_reserve()) {}

peer_doorman::acceptance::~acceptance() {
  if (reserve_ >= 0)
    ::close(reserve_);
}

bool peer_doorman::acceptance::try_accept(native_socket& accepted, native_socket listening) {
  accepted = accept_one(listening);
  if (accepted >= 0)
    return true;
  if (errno == EMFILE || errno == ENFILE)
    turn_away(listening);
  accepted = invalid_native_socket;
  return false;
}

void peer_doorman::acceptance::turn_away(native_socket listening) {
  if (reserve_ >= 0)
    ::close(reserve_);
  else
    ::poll(nullptr, 0, 1); // somebody else took it; not as fast as the multiplexer asks
  auto socket = accept_one(listening);
  if (socket >= 0) {
    door_->refuse(refusal::full, peer_of(socket), "the process has no descriptor left", now());
    ::close(socket);
  }
  reserve_ = open_reserve();
}

// -- the doorman ----------------------------------------------------------------------------------

peer_doorman::peer_doorman(caf::io::network::default_multiplexer& backend, native_socket socket,
                           std::shared_ptr<const tls_identity> identity, std::shared_ptr<door> in)
    : doorman(caf::io::network::accept_hdl_from_socket(socket)),
      identity_(std::move(identity)),
      door_(std::move(in)),
      acceptor_(backend, socket, door_) {}

bool peer_doorman::new_connection() {
  if (detached())
    return false;
  auto& backend = acceptor_.backend();
  auto socket = acceptor_.accepted_socket();
  caf::detail::socket_guard guard{socket};
  if (!door_->has_room()) {
    door_->refuse(refusal::full, peer_of(socket), "there are as many connections as may be", now());
    return false;
  }
  auto tls = identity_ ? tls_session::make(*identity_, tls_side::accepts, socket) : nullptr;
  if (identity_ && !tls) {
    door_->refuse(refusal::full, peer_of(socket), "no memory for TLS", now());
    return false;
  }
  caf::io::network::keepalive(socket, true);
  guard.release();
  auto scribe = caf::make_counted<peer_scribe>(backend, socket, std::move(tls), door_->limits(),
                                               peer_scribe::origin{.came_in_by = door_});
  auto handle = scribe->hdl();
  parent()->add_scribe(std::move(scribe));
  return doorman::new_connection(&backend, handle);
}

void peer_doorman::graceful_shutdown() {
  acceptor_.graceful_shutdown();
  detach(&acceptor_.backend(), false);
}

std::string peer_doorman::addr() const {
  auto x = caf::io::network::local_addr_of_fd(acceptor_.fd());
  return x ? *x : std::string{};
}

std::uint16_t peer_doorman::port() const {
  auto x = caf::io::network::local_port_of_fd(acceptor_.fd());
  return x ? *x : std::uint16_t{0};
}

} // namespace daybook::actors
