#pragma once

#include "base/split_mix.hpp"

#include <cstdint>

namespace daybook::node::torture {

/// Random numbers that are the same on every machine for the same seed.
class seeded {
public:
  explicit seeded(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() { return split_mix(state_); }

  /// From 0 to below `bound`, which is not zero.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }

  /// One of many streams of the same seed.
  static seeded stream(std::uint64_t seed, std::uint64_t number) {
    return seeded{spread_bits(seed) ^ spread_bits(number + 1)};
  }

private:
  std::uint64_t state_;
};

} // namespace daybook::node::torture
