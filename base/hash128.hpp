#pragma once

#include <cstdint>
#include <utility>

namespace daybook {

/// A 128-bit hash of something that is looked up by it. Which hash is said where it is made.
struct hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const hash128&, const hash128&) = default;

  /// The value is a hash already.
  template <class Hash>
  friend Hash AbslHashValue(Hash state, const hash128& x) {
    return Hash::combine(std::move(state), x.low);
  }
};

} // namespace daybook
