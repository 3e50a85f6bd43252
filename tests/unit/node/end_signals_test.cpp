#include "node/end_signals.hpp"

#include <catch2/catch_all.hpp>

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
