#pragma once

#include "actors/net/tls_identity.hpp"

#include <caf/io/network/native_socket.hpp>
#include <caf/io/network/rw_state.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace daybook::actors {

/// TLS over one socket that does not block, in the words of CAF's streams. The thread of CAF's
/// multiplexer. CAF's own session is not used: it leaves errors of one connection in OpenSSL's
/// queue, where the next one finds them and fails, reads the files again for each connection, and
/// throws when it cannot.
class tls_session {
public:
  using rw_state = caf::io::network::rw_state;

  /// Null when memory is short. The socket stays the caller's.
  static std::unique_ptr<tls_session> make(const tls_identity& who, tls_side side,
                                           caf::io::network::native_socket socket);

  rw_state read_some(std::size_t& count, void* to, std::size_t size);
  rw_state write_some(std::size_t& count, const void* from, std::size_t size);

  /// Whether so much can be read without the socket.
  bool has_pending(std::size_t size) const;

  /// Why it failed, in words of OpenSSL; empty while it has not, and when the other end just went.
  const std::string& problem() const { return problem_; }

private:
  explicit tls_session(tls_identity::session ssl) : ssl_(std::move(ssl)) {}

  /// Whether the two ends are known to each other; else what CAF has to wait for.
  bool greet(rw_state& waits_for);
  rw_state after(int outcome);
  rw_state give_up();
  void say_what_we_speak();

  tls_identity::session ssl_;
  bool is_established_ = false;
  std::string problem_;
};

} // namespace daybook::actors
