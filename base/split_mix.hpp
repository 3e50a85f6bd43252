#pragma once

#include <cstdint>

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): numbers
// that are the same on every machine for the same seed. For choices, not for secrets.

namespace daybook {

/// Spreads a number over 64 bits; no two become the same one.
constexpr std::uint64_t spread_bits(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// The next number of a stream.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  return spread_bits(state += 0x9e3779b97f4a7c15);
}

} // namespace daybook
