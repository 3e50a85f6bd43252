#include "node/end_signals.hpp"

#include <catch2/catch_all.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <future>

namespace daybook::node {

TEST_CASE("a watch calls when a signal comes, on another thread") {
  end_signals signals;
  auto number = GENERATE(SIGTERM, SIGINT);
  std::promise<std::thread::id> called;
  auto caller = called.get_future();
  end_signal_watch watch{signals, [&called] { called.set_value(std::this_thread::get_id()); }};
  kill(getpid(), number);
  CHECK(caller.get() != std::this_thread::get_id());
}

namespace {

/// A process that says when it watches and when a signal has come, and goes on for ever. An alarm
/// ends it, should nothing else do.
[[noreturn]] void go_on_after_a_signal(int told) {
  alarm(60);
  auto say = [told] {
    if (write(told, "x", 1) != 1)
      _exit(1);
  };
  end_signals signals;
  end_signal_watch watch{signals, say};
  say();
  for (;;)
    pause();
}

} // namespace

TEST_CASE("a second signal ends the process, long after the call for the first") {
  int pipe[2];
  REQUIRE(::pipe(pipe) == 0);
  auto process = fork();
  if (process == 0)
    go_on_after_a_signal(pipe[1]);
  close(pipe[1]);
  for (auto expected : {"it watches", "it was told"}) {
    char byte = 0;
    CAPTURE(expected);
    CHECK(read(pipe[0], &byte, 1) == 1);
    kill(process, SIGTERM);
  }
  close(pipe[0]);
  int status = 0;
  REQUIRE(waitpid(process, &status, 0) == process);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
}

TEST_CASE("a watch without a signal ends without a call, and leaves no signal behind") {
  end_signals signals;
  auto calls = 0;
  {
    end_signal_watch watch{signals, [&calls] { ++calls; }};
  }
  CHECK(calls == 0);
  sigset_t pending;
  sigpending(&pending);
  CHECK(sigismember(&pending, SIGTERM) == 0);
}

} // namespace daybook::node
