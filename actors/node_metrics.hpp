#pragma once

#include "actors/book_gauges.hpp"
#include "actors/cluster/cluster_messages.hpp"
#include "actors/messages.hpp"
#include "actors/node_statistics.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/histogram.hpp>
#include <caf/telemetry/metric_registry.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace daybook::actors {

/// What came of a write.
enum class commit_outcome : std::uint8_t {
  accepted,
  deduplicated, ///< it was there before
  refused,      ///< by the rules
  overloaded,
  unavailable, ///< the book takes no writes now
  unknown      ///< may or may not be durable
};

inline constexpr std::size_t commit_outcomes = 6;

/// How an error counts.
commit_outcome outcome_of(const error& x);

/// Writes by outcome, until they are counted together.
using outcome_counts = std::array<std::uint32_t, commit_outcomes>;

/// THE METRICS of a node: what its actors count, in the registry of their actor system, where
/// Prometheus finds it (docs/operations.md has the names). No label holds what users wrote. Any
/// thread. Nodes in one actor system count together; the gauges are those of the last one that
/// looked.
class node_metrics {
public:
  /// The registry outlives whoever counts.
  explicit node_metrics(caf::telemetry::metric_registry& registry, const batch_limits& bounds = {});

  // -- counted as it happens: once a batch where possible
  // ------------------------------------------

  void count(const outcome_counts& xs);
  void count(commit_outcome x, std::size_t writes);
  void on_batch(std::size_t events, std::uint64_t bytes, std::uint64_t syncs,
                std::chrono::nanoseconds longest_wait);
  void on_appended(std::chrono::nanoseconds took);
  void on_append_failed();
  void on_opened(std::chrono::nanoseconds took);
  void on_failure();
  void on_restart();

  // -- looked at now and then
  // ----------------------------------------------------------------------

  /// A book that is open counts as long as the answer lives.
  std::shared_ptr<book_gauges> add_book();

  /// Sets the gauges of queues, subscriptions and the index by what the books have set.
  void look_at_books();
  void set_books(const std::vector<book_info>& books);
  void set_cluster(const cluster_status& x);

  node_statistics statistics();

private:
  using counter = caf::telemetry::int_counter;
  using gauge = caf::telemetry::int_gauge;
  using durations = caf::telemetry::dbl_histogram;

  /// Sums over the books that are open.
  struct book_sums {
    std::uint64_t queued_events = 0;
    double queue_usage = 0;
    std::uint64_t index_lag = 0;
    book_gauges::lag followers{};
  };
  book_sums sums();

  batch_limits bounds_;
  std::array<counter*, commit_outcomes> commits_{};
  caf::telemetry::int_histogram* batch_events_;
  counter* events_;
  counter* batches_;
  counter* log_bytes_;
  counter* syncs_;
  durations* commit_latency_;
  durations* append_time_;
  counter* append_failures_;
  durations* open_time_;
  counter* failures_;
  counter* restarts_;
  std::array<gauge*, 6> books_{};
  gauge* queued_events_;
  caf::telemetry::dbl_gauge* queue_usage_;
  gauge* index_lag_;
  gauge* subscriptions_;
  gauge* subscription_lag_;
  gauge* subscription_lag_max_;
  caf::telemetry::metric_registry* registry_; ///< for what only some nodes have

  std::mutex mutex_;
  std::vector<std::weak_ptr<book_gauges>> open_;
};

/// Metrics that nobody reads: for actors that a test puts together by hand.
std::shared_ptr<node_metrics> unread_metrics();

} // namespace daybook::actors
