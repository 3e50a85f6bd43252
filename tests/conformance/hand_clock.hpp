#pragma once

#include "base/clock.hpp"

#include <atomic>
#include <cstdint>

namespace daybook::test {

/// A wall clock that stands still until the test moves it, from any thread.
class hand_clock final : public clock {
public:
  timestamp now() const override { return timestamp{us_.load()}; }
  void set(std::int64_t us) { us_ = us; }

private:
  std::atomic<std::int64_t> us_{1'000'000};
};

} // namespace daybook::test
