#pragma once

#include <cstdint>

namespace daybook::node::torture {

/// Random numbers that are the same on every machine for the same seed (SplitMix64).
class seeded {
public:
  explicit seeded(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15); }

  /// From 0 to below `bound`, which is not zero.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// One of many streams of the same seed.
  static seeded stream(std::uint64_t seed, std::uint64_t number) {
    return seeded{mix(seed) ^ mix(number + 1)};
  }

private:
  static constexpr std::uint64_t mix(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

} // namespace daybook::node::torture
