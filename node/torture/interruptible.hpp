#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace daybook::node::torture {

/// Waits that somebody may cut short.
class interruptible {
public:
  void interrupt() {
    {
      std::lock_guard guard{mutex_};
      is_over_ = true;
    }
    changed_.notify_all();
  }

  bool goes_on() { return wait_for({}); }

  /// False when it was interrupted.
  bool wait_for(std::chrono::milliseconds time) {
    std::unique_lock guard{mutex_};
    return !changed_.wait_for(guard, time, [this] { return is_over_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
};

} // namespace daybook::node::torture
