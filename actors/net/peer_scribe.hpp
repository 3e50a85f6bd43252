#pragma once

#include "actors/net/door.hpp"
#include "actors/net/tls_session.hpp"

#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/stream_impl.hpp>
#include <caf/io/scribe.hpp>
#include <caf/policy/tcp.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::actors {

/// One connection that carries CAF's protocol, with TLS or without. It reads the headers before
/// CAF does, which would make room for whatever they announce, and trust that a greeting has
/// content. The thread of CAF's multiplexer.
class peer_scribe final : public caf::io::scribe, visitor {
public:
  using native_socket = caf::io::network::native_socket;

  /// What the two directions do not share. One of them is there.
  struct origin {
    std::shared_ptr<door> came_in_by{};
    /// We connected: is told why the other end did not greet, as far as that is known.
    std::function<void(const std::string&)> on_failure{};
  };

  /// Owns the socket from now on. `tls` is null without TLS.
  peer_scribe(caf::io::network::default_multiplexer& backend, native_socket socket,
              std::unique_ptr<tls_session> tls, const peer_limits& limits, origin from);
  ~peer_scribe() override;

  void configure_read(caf::io::receive_policy::config config) override;
  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  caf::byte_buffer& wr_buf() override { return stream_.wr_buf(); }
  caf::byte_buffer& rd_buf() override { return stream_.rd_buf(); }
  void flush() override;
  void graceful_shutdown() override;
  std::string addr() const override;
  std::uint16_t port() const override;
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override;
  bool consume(caf::execution_unit* ctx, const void* data, std::size_t size) override;

  void cut() override;

private:
  /// The socket itself, or TLS over it.
  struct wire {
    tls_session* tls;

    caf::io::network::rw_state read_some(std::size_t& count, native_socket from, void* to,
                                         std::size_t size) {
      return tls ? tls->read_some(count, to, size)
                 : caf::policy::tcp::read_some(count, from, to, size);
    }
    caf::io::network::rw_state write_some(std::size_t& count, native_socket to, const void* from,
                                          std::size_t size) {
      return tls ? tls->write_some(count, from, size)
                 : caf::policy::tcp::write_some(count, to, from, size);
    }
    bool must_read_more(native_socket, std::size_t size) { return tls && tls->has_pending(size); }
  };

  struct objection {
    refusal kind;
    std::string why;
  };

  /// Why what comes after a header is not wanted, if so.
  std::optional<objection> judge(const void* header) const;
  void refuse(const objection& x);
  void explain_end();

  std::unique_ptr<tls_session> tls_;
  caf::io::network::stream_impl<wire> stream_;
  peer_limits limits_;
  origin from_;
  std::optional<door::place> place_; ///< if it came in
  bool is_launched_ = false;
  bool is_greeted_ = false;
  bool awaits_header_ = true;
  bool is_consuming_ = false;
  bool is_explained_ = false;
};

} // namespace daybook::actors
