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

int end_signals::wait() const {
  int number = 0;
  sigwait(&signals_, &number);
  return number;
}

end_signal_watch::end_signal_watch(const end_signals& signals, std::function<void()> then)
    : thread_([this, &signals, then = std::move(then)] {
        signals.wait();
        if (!over_)
          then();
      }) {}

/// A signal for that thread alone wakes it; for the process it would be one too many.
end_signal_watch::~end_signal_watch() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);
  thread_.join();
}

} // namespace daybook::node
