#include "actors/net/tls_identity.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

namespace daybook::actors {

namespace {

/// Taken from memory when it goes.
class secret {
public:
  ~secret() { OPENSSL_cleanse(text.data(), text.size()); }

  std::string text;
};

/// OpenSSL by itself would ask at the terminal.
int give_passphrase(char* to, int size, int, void* from) {
  auto& passphrase = *static_cast<std::string*>(from);
  if (passphrase.empty() || passphrase.size() > static_cast<std::size_t>(size))
    return -1;
  std::ranges::copy(passphrase, to);
  return static_cast<int>(passphrase.size());
}

tl::unexpected<error> cannot_use(const char* what, const std::string& path) {
  auto* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return fail(ec::invalid_argument,
              std::string{"cannot use the "} + what + " " + path + " for TLS (" +
                  (reason ? reason : "no such file, or not in PEM format") + ")",
              {{"path", path}});
}

result<void> read_passphrase(const std::string& path, std::string& to) {
  if (path.empty())
    return {};
  std::ifstream file{path};
  if (!std::getline(file, to) || to.empty())
    return fail(ec::invalid_argument, "no passphrase can be read from " + path, {{"path", path}});
  return {};
}

result<void> check_complete(const tls_files& files) {
  auto require = [](const std::string& path, const char* field) -> result<void> {
    if (!path.empty())
      return {};
    return fail(ec::invalid_argument,
                std::string{"TLS needs a certificate, its key and the authorities: the "} + field +
                    " is missing",
                {{"field", field}});
  };
  return require(files.certificate, "certificate")
      .and_then([&] { return require(files.key, "key"); })
      .and_then([&] { return require(files.authorities, "file of authorities"); });
}

} // namespace

void tls_identity::free_session::operator()(ssl_st* x) const { SSL_free(x); }
void tls_identity::free_context::operator()(ssl_ctx_st* x) const { SSL_CTX_free(x); }

result<tls_identity::context> tls_identity::make_context(tls_side side, const tls_files& files,
                                                         std::string& passphrase) {
  ERR_clear_error();
  auto* method = side == tls_side::accepts ? TLS_server_method() : TLS_client_method();
  context made{SSL_CTX_new(method)};
  auto* x = made.get();
  if (!x || SSL_CTX_set_min_proto_version(x, TLS1_3_VERSION) != 1)
    return fail(ec::invalid_argument, "OpenSSL on this machine has no TLS 1.3");
  SSL_CTX_set_default_passwd_cb(x, give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(x, &passphrase);
  if (SSL_CTX_use_certificate_chain_file(x, files.certificate.c_str()) != 1)
    return cannot_use("certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(x, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    return cannot_use("key", files.key);
  if (SSL_CTX_check_private_key(x) != 1)
    return cannot_use("key", files.key);
  if (SSL_CTX_load_verify_locations(x, files.authorities.c_str(), nullptr) != 1)
    return cannot_use("authorities", files.authorities);
  SSL_CTX_set_default_passwd_cb_userdata(x, nullptr);
  SSL_CTX_set_default_passwd_cb(x, nullptr);
  SSL_CTX_set_verify(x, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A buffer of CAF's may move between two attempts, and idle connections keep none of OpenSSL's.
  SSL_CTX_set_mode(x, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                          SSL_MODE_RELEASE_BUFFERS);
  // Each connection shows its certificate anew.
  SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(x, 0);
  return made;
}

result<std::shared_ptr<const tls_identity>> tls_identity::load(const tls_files& files) {
  secret passphrase;
  if (auto complete = check_complete(files); !complete)
    return fail(std::move(complete.error()));
  if (auto read = read_passphrase(files.passphrase, passphrase.text); !read)
    return fail(std::move(read.error()));
  auto accepting = make_context(tls_side::accepts, files, passphrase.text);
  if (!accepting)
    return fail(std::move(accepting.error()));
  auto connecting = make_context(tls_side::connects, files, passphrase.text);
  if (!connecting)
    return fail(std::move(connecting.error()));
  auto made = std::make_shared<tls_identity>();
  made->accepting_ = std::move(*accepting);
  made->connecting_ = std::move(*connecting);
  return made;
}

tls_identity::session tls_identity::make_session(tls_side side) const {
  session made{SSL_new(side == tls_side::accepts ? accepting_.get() : connecting_.get())};
  if (made && side == tls_side::accepts)
    SSL_set_accept_state(made.get());
  else if (made)
    SSL_set_connect_state(made.get());
  return made;
}

} // namespace daybook::actors
