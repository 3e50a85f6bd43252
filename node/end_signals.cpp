#include "node/end_signals.hpp"

#include <pthread.h>

#include <utility>

namespace daybook::node {

end_signals::end_signals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
}

end_signals::~end_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

void end_signals::unblock_here() const { pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr); }

int end_signals::wait() const {
  int number = 0;
  sigwait(&signals_, &number);
  return number;
}

end_signal_watch::end_signal_watch(const end_signals& signals, std::function<void()> then)
    : thread_([this, &signals, then = std::move(then)] {
        signals.wait();
        if (!let_through(signals))
          return;
        then();
        stay();
      }) {}

/// From now on a second signal ends the process, whatever it waits for. False when it is too late.
bool end_signal_watch::let_through(const end_signals& signals) {
  std::lock_guard guard{mutex_};
  if (!over_)
    signals.unblock_here();
  came_ = !over_;
  return came_;
}

/// A signal reaches the process only where some thread lets it through: this one, to the end.
void end_signal_watch::stay() {
  std::unique_lock guard{mutex_};
  ends_.wait(guard, [this] { return over_; });
}

/// A signal for that thread alone wakes it; for the process it would be one too many.
end_signal_watch::~end_signal_watch() {
  {
    std::lock_guard guard{mutex_};
    over_ = true;
    if (!came_)
      pthread_kill(thread_.native_handle(), SIGTERM);
  }
  ends_.notify_all();
  thread_.join();
}

} // namespace daybook::node
