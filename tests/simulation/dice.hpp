#pragma once

#include "base/random.hpp"
#include "base/split_mix.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace daybook::simulation {

/// Every choice of a run. The same seed and stream give the same choices on every machine: nothing
/// of the standard library's distributions is in it. Streams of one seed are independent, so that a
/// run with fewer kinds of faults still has the same workload.
class dice {
public:
  dice(std::uint64_t seed, std::string_view stream) : state_(seed) {
    for (auto c : stream)
      state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    next();
  }

  std::uint64_t next() { return split_mix(state_); }

  /// 0 … n−1; `n` is above zero. Not quite even, which does not matter here.
  std::uint64_t below(std::uint64_t n) { return next() % n; }

  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }

  /// In so many of a thousand cases.
  bool chance(std::uint64_t permille) { return below(1000) < permille; }

  template <class List>
  auto& pick(List& xs) {
    return xs[static_cast<std::size_t>(below(xs.size()))];
  }

private:
  std::uint64_t state_;
};

/// For the identities and salts of a node.
class dice_source final : public random_source {
public:
  explicit dice_source(std::uint64_t seed) : dice_(seed, "identities") {}

  std::uint64_t next() override { return dice_.next(); }

private:
  dice dice_;
};

} // namespace daybook::simulation
