#pragma once

#include "base/random.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

// Whether a book that failed is opened again, and when. Pure: no actors, no clock.

namespace daybook::actors {

enum class restart_kind : std::uint8_t {
  never,  ///< the first failure is the last one
  once,   ///< one restart
  bounded ///< so many restarts in a window of time
};

/// Every restart counts, also one that did not even open the book. The first one in a window begins
/// at once. Before the others there is a delay: `delay_first`, then twice as long each time, at
/// most `delay_longest`; of that at least half, the rest by chance, so that books that failed
/// together do not come back together.
struct restart_policy {
  restart_kind kind = restart_kind::bounded;
  std::uint32_t restarts_max = 5;                            ///< `bounded`, in one window
  std::chrono::nanoseconds window = std::chrono::minutes{1}; ///< `bounded`
  std::chrono::nanoseconds delay_first = std::chrono::milliseconds{100};
  std::chrono::nanoseconds delay_longest = std::chrono::seconds{30};

  friend bool operator==(const restart_policy&, const restart_policy&) = default;
};

/// `never`, `once`, `bounded`, or "5/60s": restarts and the window in whole seconds.
/// Errors: `invalid_argument` with `argument`.
result<restart_policy> parse_restart_policy(std::string_view text);
std::string to_string(const restart_policy& x);

/// How long to wait after `tries` tries in a row, from 1: `first`, then twice as long each time, at
/// most `longest`; of that at least half, the rest by chance.
std::chrono::nanoseconds backoff_delay(std::chrono::nanoseconds first,
                                       std::chrono::nanoseconds longest, std::size_t tries,
                                       random_source& random);

/// The restarts of one book.
class restart_history {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The book has failed: after what delay to try again, or nothing when there are no restarts
  /// left. Counts the restart.
  std::optional<std::chrono::nanoseconds> next(const restart_policy& policy, time_point now,
                                               random_source& random);

  /// All restarts are before it again.
  void clear() { tried_.clear(); }

private:
  std::deque<time_point> tried_; ///< at most as many as the policy allows
};

} // namespace daybook::actors
