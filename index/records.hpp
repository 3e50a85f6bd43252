#pragma once

#include "base/bytes.hpp"
#include "base/hash128.hpp"
#include "base/ids.hpp"

#include <array>
#include <cstdint>

namespace daybook::index {

/// Which events of a book a part of the index holds: all up to `seq`, and none after it. Seq zero:
/// nothing.
struct mark {
  event_seq seq;
  writer_epoch epoch; ///< of the batch that ends with `seq`
  chain_hash chain{}; ///< after that batch

  friend bool operator==(const mark&, const mark&) = default;
};

/// Seeds the hash of idempotency keys. Random; whoever knows it could prepare keys that collide.
using key_secret = std::array<std::uint64_t, 24>;

/// The first use of an idempotency key.
struct key_record {
  event_seq seq; ///< of the transaction
  hash128 fingerprint;

  friend bool operator==(const key_record&, const key_record&) = default;
};

/// A key to be added: its hash under the index's `key_secret`, and its first use.
struct key_use {
  hash128 key;
  event_seq seq;
  hash128 fingerprint;
};

/// How far a lookup may go.
enum class effort {
  memory, ///< never reads the disk
  disk
};

enum class finding {
  absent,
  present,
  unknown ///< only with `effort::memory`: the disk would have to be asked
};

struct key_answer {
  finding what = finding::unknown;
  key_record record; ///< when present

  friend bool operator==(const key_answer&, const key_answer&) = default;
};

/// The opaque value that `history_update` was given, and the event it belongs to.
struct history_value {
  event_seq seq;
  byte_buffer value;

  friend bool operator==(const history_value&, const history_value&) = default;
};

} // namespace daybook::index
