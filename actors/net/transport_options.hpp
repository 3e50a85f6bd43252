#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace daybook::actors {

/// By what a process proves who it is, and whom it believes: paths of files in PEM format. All
/// empty: no TLS. Else the first three are needed.
struct tls_files {
  std::string certificate; ///< its own certificate, and those between it and the authority
  std::string key;         ///< the private key of that certificate
  std::string authorities; ///< who may have signed the certificates of others
  std::string passphrase;  ///< a file whose first line decrypts the key; empty: it is not encrypted

  bool any() const {
    return !certificate.empty() || !key.empty() || !authorities.empty() || !passphrase.empty();
  }

  friend bool operator==(const tls_files&, const tls_files&) = default;
};

/// What others may use of a process by their connections to it [I12].
struct peer_limits {
  /// Connections that have greeted. Whoever comes when there are so many is turned away.
  std::size_t connections_max = 1'000;
  /// Those that have not greeted yet. The oldest of them gives way to the next.
  std::size_t strangers_max = 256;
  /// How long a connection may take to greet, with its certificate if there is TLS.
  std::chrono::milliseconds greeting_time = std::chrono::seconds{5};
  /// The largest message that is received: a peer that announces a larger one is cut off.
  std::size_t message_bytes_max = 256 * 1024 * 1024;
  /// What may wait for a peer that does not read: past it the peer is cut off.
  std::size_t unsent_bytes_max = 512 * 1024 * 1024;
  /// Subscriptions that the subscribers of one process have, over all books.
  std::size_t subscriptions_max = 4'096;
};

/// How an actor system speaks with others: either with TLS to all of them, or to none.
struct transport_options {
  tls_files tls;
  peer_limits limits;
};

} // namespace daybook::actors
