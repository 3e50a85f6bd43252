#pragma once

#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace daybook::node {

/// Keeps the signals that ask a process to end, SIGTERM and SIGINT, from every thread, so that one
/// thread can wait for them. Make it before the process has other threads: they would receive the
/// signals. When it goes, the signals end the process again.
class end_signals {
public:
  end_signals();
  ~end_signals();

  end_signals(const end_signals&) = delete;
  end_signals& operator=(const end_signals&) = delete;

  /// Blocks until one comes; gives its number.
  int wait() const;

  /// They end the process again, if they reach the calling thread.
  void unblock_here() const;

private:
  sigset_t signals_;
  sigset_t before_;
};

/// Waits for a signal on a thread of its own and then calls `then` there; a second one ends the
/// process. Goes without calling it when none came.
class end_signal_watch {
public:
  end_signal_watch(const end_signals& signals, std::function<void()> then);
  ~end_signal_watch();

  end_signal_watch(const end_signal_watch&) = delete;
  end_signal_watch& operator=(const end_signal_watch&) = delete;

private:
  bool let_through(const end_signals& signals);
  void stay();

  std::mutex mutex_;
  std::condition_variable ends_;
  bool came_ = false;
  bool over_ = false;
  std::thread thread_;
};

} // namespace daybook::node
