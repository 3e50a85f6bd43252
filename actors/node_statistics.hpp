#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What a node has done since its process was started, and how it stands: what `daybook top` shows,
// and Prometheus asks for by other names (node_metrics.hpp).

namespace daybook::actors {

/// The classes of durations, by their greatest ones. Whatever is longer is in one more.
inline constexpr std::array<std::uint64_t, 17> duration_bounds_us{
    50,     100,     200,     500,     1'000,     2'000,     5'000,     10'000,    20'000,
    50'000, 100'000, 200'000, 500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000};

/// How often something took how long.
struct duration_counts {
  std::array<std::uint64_t, duration_bounds_us.size() + 1> counts{};

  std::uint64_t total() const;
  /// The time that a share of them, from 0 to 1, did not pass: within its class by proportion, as
  /// Prometheus does it. Zero when there are none.
  std::chrono::microseconds quantile(double share) const;

  duration_counts& operator+=(const duration_counts& x);
  /// What came since `earlier`; nothing when that was another process.
  duration_counts since(const duration_counts& earlier) const;
};

struct node_statistics {
  // -- since the process was started
  std::uint64_t accepted = 0;     ///< writes that became durable
  std::uint64_t deduplicated = 0; ///< writes that were there before
  std::uint64_t refused = 0;      ///< by the rules
  std::uint64_t overloaded = 0;   ///< turned away, for a queue was full
  std::uint64_t unavailable = 0;  ///< turned away, for the book takes no writes now
  std::uint64_t unknown = 0;      ///< may or may not be durable
  std::uint64_t batches = 0;
  std::uint64_t events = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t syncs = 0;
  std::uint64_t restarts = 0;
  duration_counts commits; ///< of each batch, the write that waited longest
  duration_counts appends; ///< writing and syncing a batch
  // -- now
  std::uint64_t queued_events = 0; ///< accepted, and not durable yet
  double queue_usage = 0;          ///< of the fullest book, from 0 to 1
  std::uint64_t subscriptions = 0;
  std::uint64_t subscription_lag = 0; ///< events that they have not been told of, together
  std::uint64_t index_lag = 0;        ///< events that are not in the index, together

  /// Of several nodes together.
  node_statistics& operator+=(const node_statistics& x);
};

template <class Inspector>
bool inspect(Inspector& f, duration_counts& x) {
  return f.object(x).fields(f.field("counts", x.counts));
}

template <class Inspector>
bool inspect(Inspector& f, node_statistics& x) {
  return f.object(x).fields(
      f.field("accepted", x.accepted), f.field("deduplicated", x.deduplicated),
      f.field("refused", x.refused), f.field("overloaded", x.overloaded),
      f.field("unavailable", x.unavailable), f.field("unknown", x.unknown),
      f.field("batches", x.batches), f.field("events", x.events), f.field("log_bytes", x.log_bytes),
      f.field("syncs", x.syncs), f.field("restarts", x.restarts), f.field("commits", x.commits),
      f.field("appends", x.appends), f.field("queued_events", x.queued_events),
      f.field("queue_usage", x.queue_usage), f.field("subscriptions", x.subscriptions),
      f.field("subscription_lag", x.subscription_lag), f.field("index_lag", x.index_lag));
}

} // namespace daybook::actors
