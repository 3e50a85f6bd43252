#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <memory>

struct evp_md_ctx_st;
struct evp_md_st;

namespace daybook::log {

/// Computes the chain hash [I11]:
///
///     chain 0 = SHA-256(book id)
///     chain n = SHA-256(first 88 bytes of record n's header || payload of record n)
///
/// The header's 88 bytes end with chain n−1, and hold neither checksums nor anything that depends
/// on the salt or on where the record lies: the chain is a function of content alone.
/// One thread at a time.
class chain_hasher {
public:
  chain_hasher();

  chain_hash first(book_id book);

  /// `header` is a record header as encoded, `payload` the payload without its padding.
  chain_hash next(byte_span header, byte_span payload);

private:
  void begin();
  void add(byte_span bytes);
  chain_hash finish();

  struct release {
    void operator()(evp_md_ctx_st* context) const;
    void operator()(evp_md_st* method) const;
  };
  std::unique_ptr<evp_md_st, release> method_;
  std::unique_ptr<evp_md_ctx_st, release> context_;
};

} // namespace daybook::log
