#pragma once

#include "base/ids.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace daybook::actors {

/// Where an open book and those who follow it are, for whoever looks now and then: setting one
/// costs a plain store. Each is set on one thread, and read on any.
class book_gauges {
public:
  /// How far a follower was told.
  using follower = std::atomic<std::uint64_t>;

  struct lag {
    std::uint64_t followers = 0;
    std::uint64_t events = 0;     ///< that they were not told of, together
    std::uint64_t events_max = 0; ///< the one that is furthest behind
  };

  void set_durable(event_seq x) { durable_.store(x.value(), std::memory_order_relaxed); }
  /// Nothing, when the book goes without an index.
  void set_indexed(event_seq x) { indexed_.store(x.value(), std::memory_order_relaxed); }
  /// Accepted, and behind the batch on the disk: this has a bound.
  void set_staged(std::size_t events, std::size_t bytes) {
    staged_events_.store(events, std::memory_order_relaxed);
    staged_bytes_.store(bytes, std::memory_order_relaxed);
  }
  /// In the batch on the disk.
  void set_in_flight(std::size_t events) {
    in_flight_events_.store(events, std::memory_order_relaxed);
  }

  std::uint64_t staged_events() const { return staged_events_.load(std::memory_order_relaxed); }
  std::uint64_t staged_bytes() const { return staged_bytes_.load(std::memory_order_relaxed); }
  std::uint64_t in_flight_events() const {
    return in_flight_events_.load(std::memory_order_relaxed);
  }
  std::uint64_t index_lag() const {
    auto indexed = indexed_.load(std::memory_order_relaxed);
    return indexed == 0 ? 0 : behind(indexed);
  }

  /// It counts as long as the answer lives.
  std::shared_ptr<follower> follow(event_seq told) {
    auto x = std::make_shared<follower>(told.value());
    std::lock_guard guard{mutex_};
    std::erase_if(followers_, [](auto& known) { return known.expired(); });
    followers_.push_back(x);
    return x;
  }

  lag followers_lag() {
    lag all;
    std::lock_guard guard{mutex_};
    for (auto& known : followers_)
      if (auto x = known.lock()) {
        auto events = behind(x->load(std::memory_order_relaxed));
        ++all.followers;
        all.events += events;
        all.events_max = std::max(all.events_max, events);
      }
    return all;
  }

private:
  std::uint64_t behind(std::uint64_t seq) const {
    auto durable = durable_.load(std::memory_order_relaxed);
    return durable > seq ? durable - seq : 0;
  }

  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::uint64_t> indexed_{0};
  std::atomic<std::uint64_t> staged_events_{0};
  std::atomic<std::uint64_t> staged_bytes_{0};
  std::atomic<std::uint64_t> in_flight_events_{0};
  std::mutex mutex_;
  std::vector<std::weak_ptr<follower>> followers_;
};

} // namespace daybook::actors
