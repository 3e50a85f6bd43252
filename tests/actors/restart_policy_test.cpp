#include "actors/restart_policy.hpp"
#include "tests/support/actor_fixture.hpp"

#include <algorithm>
#include <set>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;
using namespace std::chrono_literals;

namespace {

restart_history::time_point at(std::chrono::seconds x) { return restart_history::time_point{x}; }

restart_policy bounded(std::uint32_t restarts) {
  restart_policy policy;
  policy.restarts_max = restarts;
  return policy;
}

} // namespace

TEST_CASE("never is no restart, once is one") {
  fixed_random random;
  restart_policy policy;
  policy.kind = restart_kind::never;
  CHECK_FALSE(restart_history{}.next(policy, at(0s), random));
  policy.kind = restart_kind::once;
  restart_history once;
  CHECK(once.next(policy, at(0s), random) == caf::timespan{0});
  CHECK_FALSE(once.next(policy, at(1s), random));
  CHECK_FALSE(once.next(policy, at(100'000s), random));
  once.clear();
  CHECK(once.next(policy, at(100'001s), random));
}

TEST_CASE("bounded is so many restarts in any window") {
  fixed_random random;
  auto policy = bounded(3);
  restart_history history;
  for (auto time : {0s, 20s, 40s})
    CHECK(history.next(policy, at(time), random));
  CHECK_FALSE(history.next(policy, at(59s), random));
  CHECK(history.next(policy, at(60s), random));
  CHECK_FALSE(history.next(policy, at(79s), random));
  CHECK(history.next(policy, at(80s), random));
}

TEST_CASE("the first restart is at once, and the delays before the others double") {
  fixed_random random;
  auto policy = bounded(20);
  restart_history history;
  CHECK(history.next(policy, at(0s), random) == caf::timespan{0});
  auto whole = policy.delay_first;
  for (int i = 1; i < 20; ++i) {
    auto delay = history.next(policy, at(0s), random);
    INFO("restart " << i);
    REQUIRE(delay);
    CHECK(*delay <= whole);
    CHECK(*delay > whole / 2);
    whole = std::min(2 * whole, policy.delay_longest);
  }
}

TEST_CASE("books that fail together do not come back together") {
  fixed_random random;
  std::set<caf::timespan> delays;
  for (int i = 0; i < 10; ++i)
    delays.insert(backoff_delay(100ms, 30s, 1, random));
  CHECK(delays.size() > 5);
}

TEST_CASE("policies are read as they are printed") {
  for (auto* text : {"never", "once", "5/60s", "1/1s", "1000000/604800s"}) {
    auto policy = parse_restart_policy(text);
    REQUIRE(policy);
    CHECK(to_string(*policy) == text);
  }
  CHECK(*parse_restart_policy("bounded") == restart_policy{});
  for (auto* text : {"", "always", "5", "5/", "5/60", "0/60s", "5/0s", "-1/60s", "5/60m", "5/ 60s"})
    CHECK(parse_restart_policy(text).error().code() == ec::invalid_argument);
}
