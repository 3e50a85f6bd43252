#include "actors/node_statistics.hpp"

#include <numeric>

namespace daybook::actors {

std::uint64_t duration_counts::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::chrono::microseconds duration_counts::quantile(double share) const {
  auto wanted = share * static_cast<double>(total());
  double below = 0;
  for (std::size_t i = 0; i < duration_bounds_us.size(); ++i) {
    auto here = static_cast<double>(counts[i]);
    if (here > 0 && below + here >= wanted) {
      auto low = i == 0 ? 0.0 : static_cast<double>(duration_bounds_us[i - 1]);
      auto high = static_cast<double>(duration_bounds_us[i]);
      auto us = low + (high - low) * (wanted - below) / here;
      return std::chrono::microseconds{static_cast<std::int64_t>(us)};
    }
    below += here;
  }
  return std::chrono::microseconds{total() == 0 ? 0 : duration_bounds_us.back()};
}

duration_counts& duration_counts::operator+=(const duration_counts& x) {
  for (std::size_t i = 0; i < counts.size(); ++i)
    counts[i] += x.counts[i];
  return *this;
}

duration_counts duration_counts::since(const duration_counts& earlier) const {
  duration_counts change;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > earlier.counts[i])
      change.counts[i] = counts[i] - earlier.counts[i];
  return change;
}

node_statistics& node_statistics::operator+=(const node_statistics& x) {
  accepted += x.accepted;
  deduplicated += x.deduplicated;
  refused += x.refused;
  overloaded += x.overloaded;
  unavailable += x.unavailable;
  unknown += x.unknown;
  batches += x.batches;
  events += x.events;
  log_bytes += x.log_bytes;
  syncs += x.syncs;
  restarts += x.restarts;
  commits += x.commits;
  appends += x.appends;
  queued_events += x.queued_events;
  queue_usage = std::max(queue_usage, x.queue_usage);
  subscriptions += x.subscriptions;
  subscription_lag += x.subscription_lag;
  index_lag += x.index_lag;
  return *this;
}

} // namespace daybook::actors
