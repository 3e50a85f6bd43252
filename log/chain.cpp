#include "log/chain.hpp"

#include "base/check.hpp"
#include "log/format.hpp"

#include <openssl/evp.h>

namespace daybook::log {

void chain_hasher::release::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }
void chain_hasher::release::operator()(evp_md_st* method) const { EVP_MD_free(method); }

chain_hasher::chain_hasher()
    : method_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new()) {
  DAYBOOK_CHECK(method_);
  DAYBOOK_CHECK(context_);
}

chain_hash chain_hasher::first(book_id book) {
  std::array<std::byte, sizeof(std::uint64_t)> bytes;
  store_le(bytes.data(), book.value());
  begin();
  add(bytes);
  return finish();
}

chain_hash chain_hasher::next(byte_span header, byte_span payload) {
  begin();
  add(header.first(chained_header_bytes));
  add(payload);
  return finish();
}

void chain_hasher::begin() {
  DAYBOOK_CHECK(EVP_DigestInit_ex2(context_.get(), method_.get(), nullptr) == 1);
}

void chain_hasher::add(byte_span bytes) {
  DAYBOOK_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

chain_hash chain_hasher::finish() {
  chain_hash digest;
  auto* to = reinterpret_cast<unsigned char*>(digest.data());
  DAYBOOK_CHECK(EVP_DigestFinal_ex(context_.get(), to, nullptr) == 1);
  return digest;
}

} // namespace daybook::log
