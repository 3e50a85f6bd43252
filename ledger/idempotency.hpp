#pragma once

#include "base/hash128.hpp"
#include "base/ids.hpp"
#include "ledger/events.hpp"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// How a book knows that it has seen a key before, and whether the same thing was said then [I5].
//
// Keys are remembered as 128-bit hashes under a secret that no client knows, so that nobody can
// prepare keys that collide. If two keys collide nevertheless, the fingerprints differ, because
// they cover the keys and come from another hash: the later transaction is refused as a conflict. A
// collision can refuse a write; it can never lose one, nor answer for another's.

namespace daybook::ledger {

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
  event_seq reverses;
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

  friend bool operator==(const first_use&, const first_use&) = default;
};

using key_map = absl::flat_hash_map<hash128, first_use>;

/// The keys of all events after `after`, with which the generation before it ended, up to `last`,
/// which ends a batch. Immutable once it is handed out, so that another thread can write it to the
/// index.
struct key_generation {
  key_map uses;
  event_seq after;
  event_seq last;
  writer_epoch epoch;   ///< of the batch that ends with `last`
  chain_hash chain{};   ///< after it
  bool hurried = false; ///< somebody counts on finding it in the index: to be made durable at once
};

/// The secret under which keys are hashed. Random; whoever knows it could prepare keys that
/// collide, and have writes refused.
using key_secret = std::array<std::uint64_t, 24>;

/// The keys of a book that are in memory, in generations. The young one takes new keys. The old one
/// is on its way to the index. When it is there it is kept as long as there is room for it: the
/// index is only asked for keys that are gone from memory, and most books have none. For the book's
/// thread.
///
/// That a transaction was reversed is remembered as one more key, one that no client can say.
class idempotency_keys {
public:
  /// With a `hot_keys_max` of zero all keys stay.
  idempotency_keys(const key_secret& secret, std::size_t hot_keys_max);

  hash128 hash_of(std::string_view key) const;
  hash128 hash_of_reversal(event_seq of) const;

  /// Null when memory does not know it. Valid until the next change.
  const first_use* find(const hash128& key) const;

  /// The key must not be in memory.
  void add(const hash128& key, const first_use& x);

  /// Takes back what was added since the last `end_batch`.
  void remove(const hash128& key) { young_.erase(key); }

  /// Whether `count` more keys fit while the old generation is not in the index. Before there is
  /// one they do: the end of the batch makes one [I12].
  bool has_room(std::size_t count) const;

  std::size_t size() const;

  // -- generations -------------------------------------------------------------------------------

  /// All keys of events up to `last` were added, and no others. The young generation becomes the
  /// old one if there are enough keys in memory, or that was asked for.
  void end_batch(event_seq last);

  /// The batch that ends with `last` is durable.
  void mark_durable(event_seq last, writer_epoch epoch, const chain_hash& chain);

  /// The next end of a batch makes an old generation, however small, that is to be made durable.
  void hurry() { hurried_ = hot_keys_max_ > 0; }
  bool is_hurried() const { return hurried_; }

  /// The old generation, once, if it is durable; else null.
  std::shared_ptr<const key_generation> to_spill();

  /// `indexed` is the old generation. It may go, with those before it, unless they are few.
  void forget(const key_generation& indexed);

  // -- what the index has ------------------------------------------------------------------------

  /// Of an index that was there before: memory has no key of these events.
  void set_indexed(event_seq up_to);
  event_seq indexed() const { return indexed_; }

  /// Keys of events after this one are all in memory. At most `indexed`.
  event_seq gone() const { return gone_; }

  /// Whether what is not in memory may be in the index.
  bool are_indexed() const { return gone_ > event_seq{}; }

private:
  std::size_t kept_keys() const;
  std::size_t generation_keys() const { return std::max<std::size_t>(hot_keys_max_ / 2, 1); }
  void keep(std::shared_ptr<const key_generation> indexed);

  key_secret secret_;
  std::size_t hot_keys_max_;
  key_map young_;
  std::shared_ptr<key_generation> old_;
  /// In the index and in memory, the earlier ones first. Few: `find` looks in each.
  std::vector<std::shared_ptr<const key_generation>> kept_;
  bool is_durable_ = false; ///< the old generation
  bool is_given_ = false;
  bool hurried_ = false;
  event_seq indexed_;
  event_seq gone_;
  event_seq flushed_; ///< up to here somebody asked for it, and the index has made it durable
};

} // namespace daybook::ledger
