#pragma once

#include "actors/net/door.hpp"
#include "actors/net/tls_identity.hpp"

#include <caf/io/doorman.hpp>
#include <caf/io/network/acceptor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace daybook::actors {

/// Accepts connections at a port for CAF's protocol, as many as the door lets in. The thread of
/// CAF's multiplexer.
class peer_doorman final : public caf::io::doorman {
public:
  using native_socket = caf::io::network::native_socket;

  /// Owns the socket, which listens. `identity` is null without TLS.
  peer_doorman(caf::io::network::default_multiplexer& backend, native_socket socket,
               std::shared_ptr<const tls_identity> identity, std::shared_ptr<door> in);

  bool new_connection() override;
  void graceful_shutdown() override;
  void launch() override { acceptor_.start(this); }
  std::string addr() const override;
  std::uint16_t port() const override;
  void add_to_loop() override { acceptor_.activate(this); }
  void remove_from_loop() override { acceptor_.passivate(); }

private:
  /// Keeps a descriptor in reserve: when there is none left, whoever waits is accepted with it, to
  /// be hung up on. Else the multiplexer would be told of the same connection again and again.
  class acceptance {
  public:
    explicit acceptance(std::shared_ptr<door> in);
    ~acceptance();
    acceptance(const acceptance&) = delete;
    acceptance& operator=(const acceptance&) = delete;

    bool try_accept(native_socket& accepted, native_socket listening);

  private:
    void turn_away(native_socket listening);

    std::shared_ptr<door> door_;
    int reserve_;
  };

  std::shared_ptr<const tls_identity> identity_;
  std::shared_ptr<door> door_;
  caf::io::network::acceptor_impl<acceptance> acceptor_;
};

} // namespace daybook::actors
