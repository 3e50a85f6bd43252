#pragma once

#include "base/ids.hpp"
#include "ledger/events.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// How a book knows that it has seen a key before, and whether the same thing was said then [I5].
//
// Keys are remembered as 128-bit hashes under a secret drawn once per process, so that nobody can
// prepare keys that collide. If two keys collide nevertheless, the fingerprints differ, because
// they cover the keys and come from another hash: the later transaction is refused as a conflict. A
// collision can refuse a write; it can never lose one, nor answer for another's.

namespace daybook::ledger {

struct hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const hash128&, const hash128&) = default;
};

/// Everything that a client says in a transaction, its accounts resolved. Points into the
/// transaction or the event that it was made from.
struct transaction_content {
  std::string_view key;
  std::span<const posted_entry> entries;
  std::optional<timestamp> occurred_at;
  std::span<const external_ref> refs;
  std::string_view metadata;
  std::string_view correlation_id;
  std::string_view causation_id;
};

/// `entries` are the transaction's postings, resolved, in their order.
transaction_content content_of(const transaction& x, std::span<const posted_entry> entries);
transaction_content content_of(const transaction_posted& x);

/// Hashes the content of transactions. The same content has the same fingerprint in every process,
/// for it may be kept on disk. It tells accidents apart, not forgeries: a client that constructs
/// two contents with one fingerprint, and sends both under one key, gets the first one's receipt
/// twice.
class fingerprinter {
public:
  hash128 operator()(const transaction_content& x);

private:
  std::vector<std::byte> canonical_;
};

/// What is remembered of a key.
struct first_use {
  event_seq seq; ///< of the transaction
  hash128 fingerprint;
};

/// The keys of a book, in memory. For the book's thread.
class idempotency_keys {
public:
  /// Under this process's secret: not to be stored.
  static hash128 hash_of(std::string_view key);

  /// Null when the key is new. Valid until the next `add`.
  const first_use* find(const hash128& key) const;

  /// False, and nothing changes, when the key is there already.
  bool add(const hash128& key, const first_use& x);

  std::size_t size() const { return uses_.size(); }

private:
  /// The keys are hashes already.
  struct low_bits {
    std::size_t operator()(const hash128& x) const { return x.low; }
  };

  absl::flat_hash_map<hash128, first_use, low_bits> uses_;
};

} // namespace daybook::ledger
