#pragma once

#include "actors/follow_messages.hpp"
#include "tests/conformance/conformance.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

/// Keeps what is delivered to it, for a test that waits. Copies share it; any thread.
class collector {
public:
  /// What a follower calls.
  void operator()(const actors::delivery& x) const {
    std::lock_guard lock{shared_->mutex};
    shared_->deliveries.push_back(x);
    shared_->changed.notify_all();
  }

  /// Waits until everything up to an event has been delivered, and gives the events so far.
  std::vector<actors::recorded_event> wait_for(event_seq last) const {
    std::unique_lock lock{shared_->mutex};
    auto came = shared_->changed.wait_for(lock, patience, [&] { return position() >= last; });
    INFO("delivered up to " << position().value() << " of " << last.value());
    REQUIRE(came);
    return events();
  }

  std::vector<actors::delivery> deliveries() const {
    std::lock_guard lock{shared_->mutex};
    return shared_->deliveries;
  }

private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<actors::delivery> deliveries;
  };

  event_seq position() const {
    return shared_->deliveries.empty() ? event_seq{} : shared_->deliveries.back().last;
  }

  std::vector<actors::recorded_event> events() const {
    std::vector<actors::recorded_event> all;
    for (auto& x : shared_->deliveries)
      all.insert(all.end(), x.events.begin(), x.events.end());
    return all;
  }

  std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

/// A door that stays closed until it is opened. A thread that waits too long goes on all the same,
/// and the test fails elsewhere.
class gate {
public:
  void open() {
    std::lock_guard lock{shared_->mutex};
    shared_->is_open = true;
    shared_->changed.notify_all();
  }

  bool pass() const {
    std::unique_lock lock{shared_->mutex};
    return shared_->changed.wait_for(lock, patience, [&] { return shared_->is_open; });
  }

private:
  struct shared {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_open = false;
  };

  std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

/// Has a disk sync only when it may, so that answers wait.
inline void hold_syncs(faulty_storage& disk, const gate& may_sync) {
  disk.on_change([may_sync](operation what) {
    if (what == operation::sync)
      (void)may_sync.pass();
  });
}

/// The seqs of events, for comparing.
inline std::vector<std::uint64_t> seqs_of(const std::vector<actors::recorded_event>& events) {
  std::vector<std::uint64_t> seqs;
  for (auto& event : events)
    seqs.push_back(event.receipt.id.seq.value());
  return seqs;
}

/// from, from + 1, …, to.
inline std::vector<std::uint64_t> run_of(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> seqs;
  for (auto seq = from; seq <= to; ++seq)
    seqs.push_back(seq);
  return seqs;
}

} // namespace daybook::test
