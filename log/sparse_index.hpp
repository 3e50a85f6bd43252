#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace daybook::log {

/// Where a record with events begins in its segment.
struct record_place {
  event_seq first_seq; ///< of the record's events
  std::uint64_t offset = 0;

  friend bool operator==(const record_place&, const record_place&) = default;
};

/// Some places of one segment, in order: its first record with events, and then about one for each
/// `spacing_bytes`. They are hints: who goes to one looks whether the record that it promises is
/// there. One thread at a time.
class sparse_index {
public:
  static constexpr std::uint64_t spacing_bytes = 64 * 1024;

  /// Tells of a record with events that lies behind all told of before. Keeps it when the last
  /// place is far enough away; a place that was told of before is passed over.
  void add(event_seq first_seq, std::uint64_t offset);

  /// Whether `add` would keep a record at `offset`.
  bool wants(std::uint64_t offset) const {
    return places_.empty() || offset >= places_.back().offset + spacing_bytes;
  }

  /// The last place whose record begins at or before `seq`.
  std::optional<record_place> find(event_seq seq) const;

  const std::vector<record_place>& places() const { return places_; }

  /// Only the places before `offset`.
  sparse_index before(std::uint64_t offset) const;

  friend bool operator==(const sparse_index&, const sparse_index&) = default;

private:
  std::vector<record_place> places_;
};

/// The sparse index of the segment that a writer appends to, shared with those who read beside it.
/// Any thread may call `find`; everything else is the writer's. The lock is taken once for each
/// place kept, and once for each new segment.
class live_index {
public:
  /// The last place at or before `seq` in the segment that begins with `segment`, or nothing when
  /// the writer is in another one: a sealed segment has its footer.
  std::optional<record_place> find(event_seq segment, event_seq seq) const;

  /// The places before `offset` in the segment that begins with `segment`.
  sparse_index before(event_seq segment, std::uint64_t offset) const;

  /// The writer goes on in the segment that begins with `segment`, of which `known` is known.
  void begin(event_seq segment, sparse_index known);

  /// A record of the writer's segment is durable.
  void add(event_seq first_seq, std::uint64_t offset);

  /// Of the writer's segment. Only the writer changes it, so only the writer may look without lock.
  const sparse_index& index() const { return index_; }

private:
  mutable std::mutex mutex_;
  event_seq segment_;
  sparse_index index_;
};

} // namespace daybook::log
