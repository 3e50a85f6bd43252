#include "actors/net/tls_session.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <limits>

namespace daybook::actors {

namespace {

/// What is written before others have their turn.
constexpr std::size_t turn_bytes_max = 1024 * 1024;

/// A fatal alert of TLS 1.3: protocol_version.
constexpr std::array<unsigned char, 7> plain_alert{0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 70};

// A socket as OpenSSL sees it. Its own way to write would raise SIGPIPE.

int socket_of(BIO* x) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(x))); }

bool is_temporary(int failed) {
  return failed == EAGAIN || failed == EWOULDBLOCK || failed == EINTR;
}

int send_some(BIO* to, const char* from, int size) {
  BIO_clear_retry_flags(to);
  auto sent = ::send(socket_of(to), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (sent < 0 && is_temporary(errno))
    BIO_set_retry_write(to);
  return static_cast<int>(sent);
}

int receive_some(BIO* from, char* to, int size) {
  BIO_clear_retry_flags(from);
  auto came = ::recv(socket_of(from), to, static_cast<std::size_t>(size), 0);
  if (came < 0 && is_temporary(errno))
    BIO_set_retry_read(from);
  return static_cast<int>(came);
}

long control(BIO*, int what, long, void*) { return what == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* make_method() {
  auto* x = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
  if (x) {
    BIO_meth_set_write(x, send_some);
    BIO_meth_set_read(x, receive_some);
    BIO_meth_set_ctrl(x, control);
  }
  return x;
}

BIO* wrap(caf::io::network::native_socket socket) {
  static BIO_METHOD* const method = make_method();
  auto* x = method ? BIO_new(method) : nullptr;
  if (x) {
    BIO_set_data(x, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(x, 1);
  }
  return x;
}

int to_int(std::size_t size) {
  constexpr std::size_t most = std::numeric_limits<int>::max();
  return static_cast<int>(std::min(size, most));
}

} // namespace

std::unique_ptr<tls_session> tls_session::make(const tls_identity& who, tls_side side,
                                               caf::io::network::native_socket socket) {
  auto ssl = who.make_session(side);
  auto* wire = ssl ? wrap(socket) : nullptr;
  if (!wire)
    return nullptr;
  SSL_set_bio(ssl.get(), wire, wire);
  return std::unique_ptr<tls_session>{new tls_session{std::move(ssl)}};
}

tls_session::rw_state tls_session::read_some(std::size_t& count, void* to, std::size_t size) {
  count = 0;
  ERR_clear_error();
  if (auto waits_for = rw_state::success; !greet(waits_for))
    return waits_for;
  if (size == 0)
    return rw_state::indeterminate;
  auto came = SSL_read(ssl_.get(), to, to_int(size));
  if (came <= 0)
    return after(came);
  count = static_cast<std::size_t>(came);
  return rw_state::success;
}

tls_session::rw_state tls_session::write_some(std::size_t& count, const void* from,
                                              std::size_t size) {
  count = 0;
  ERR_clear_error();
  if (auto waits_for = rw_state::success; !greet(waits_for))
    return waits_for;
  if (size == 0)
    return rw_state::indeterminate;
  // A call writes one record. The others of the multiplexer want their turn, too.
  auto most = std::min(size, turn_bytes_max);
  while (count < most) {
    auto sent = SSL_write(ssl_.get(), static_cast<const char*>(from) + count, to_int(most - count));
    if (sent <= 0)
      return after(sent);
    count += static_cast<std::size_t>(sent);
  }
  return rw_state::success;
}

bool tls_session::has_pending(std::size_t size) const {
  return static_cast<std::size_t>(SSL_pending(ssl_.get())) >= size;
}

bool tls_session::greet(rw_state& waits_for) {
  if (is_established_)
    return true;
  auto outcome = SSL_do_handshake(ssl_.get());
  if (outcome == 1)
    return is_established_ = true;
  // CAF writes again after `want_read` when there was something to read, and after `success` when
  // there is room.
  auto is_reading = SSL_get_error(ssl_.get(), outcome) == SSL_ERROR_WANT_READ;
  waits_for = is_reading ? rw_state::want_read : after(outcome);
  return false;
}

/// A call that moved nothing.
tls_session::rw_state tls_session::after(int outcome) {
  switch (SSL_get_error(ssl_.get(), outcome)) {
  case SSL_ERROR_WANT_READ:
  case SSL_ERROR_WANT_WRITE:
    return rw_state::success;
  default:
    return give_up();
  }
}

/// OpenSSL sends nothing to an end that does not begin with TLS; one of ours understands this.
void tls_session::say_what_we_speak() {
  problem_ = "the other end speaks no TLS";
  if (SSL_is_server(ssl_.get()))
    BIO_write(SSL_get_wbio(ssl_.get()), plain_alert.data(), static_cast<int>(plain_alert.size()));
}

tls_session::rw_state tls_session::give_up() {
  if (ERR_peek_error() == 0 && is_established_) {
    // The other end may have said why it went before writing to it failed.
    char byte = 0;
    SSL_read(ssl_.get(), &byte, 1);
  }
  auto verified = SSL_get_verify_result(ssl_.get());
  auto code = ERR_peek_error();
  auto* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  if (verified != X509_V_OK)
    problem_ = X509_verify_cert_error_string(verified);
  else if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
    say_what_we_speak();
  else if (reason)
    problem_ = reason;
  ERR_clear_error();
  return rw_state::failure;
}

} // namespace daybook::actors
