#pragma once

#include "index/records.hpp"

#include <cstdint>
#include <vector>

namespace daybook::index {

/// A bucket's number has 32 bits.
inline constexpr std::uint8_t bucket_bits_max = 31;

/// Keys that were written together, or made of several such runs: sorted by hash, in 2^`bits`
/// buckets (key_bucket.hpp), none of which ever changes.
struct key_run {
  std::uint64_t number = 0; ///< no other run of the book has it at the same time
  std::uint64_t keys = 0;
  std::uint8_t level = 0; ///< how often its keys were written again
  std::uint8_t bits = 0;

  friend bool operator==(const key_run&, const key_run&) = default;
};

/// What there is of a book's keys: all of the events up to the mark, each in one of the runs.
struct key_directory {
  mark up_to;
  std::vector<key_run> runs; ///< by number

  friend bool operator==(const key_directory&, const key_directory&) = default;
};

} // namespace daybook::index
