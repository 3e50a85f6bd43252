#pragma once

#include "actors/net/transport_options.hpp"
#include "base/result.hpp"

#include <memory>

struct ssl_st;     // OpenSSL's SSL
struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace daybook::actors {

/// Which end of a connection a process is.
enum class tls_side { accepts, connects };

/// A certificate with its key, and the authorities, read once. Both ends of a connection show a
/// certificate that the other end's authorities have signed, in TLS 1.3. Names in certificates are
/// not compared with addresses (docs/security.md says what that means). Any thread.
class tls_identity {
public:
  /// Reads the files. Errors: `invalid_argument` with the `path`, or the `field` of a file that is
  /// not named. No error holds anything of a key or a passphrase.
  static result<std::shared_ptr<const tls_identity>> load(const tls_files& files);

  struct free_session {
    void operator()(ssl_st* x) const;
  };
  using session = std::unique_ptr<ssl_st, free_session>;

  /// A session without a socket. Null when memory is short.
  session make_session(tls_side side) const;

private:
  struct free_context {
    void operator()(ssl_ctx_st* x) const;
  };
  using context = std::unique_ptr<ssl_ctx_st, free_context>;

  static result<context> make_context(tls_side side, const tls_files& files,
                                      std::string& passphrase);

  context accepting_;
  context connecting_;
};

} // namespace daybook::actors
