#include "actors/net/door.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/telemetry/collector/prometheus.hpp>

#include <string>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;
using namespace std::chrono_literals;

namespace {

struct caller final : visitor {
  void cut() override { is_cut = true; }

  bool is_cut = false;
};

class door_fixture : public actor_fixture {
public:
  static peer_limits small() {
    peer_limits x;
    x.connections_max = 2;
    x.strangers_max = 3;
    x.greeting_time = 5s;
    return x;
  }

  door::place enter(caller& who) { return in.enter(who, "192.0.2.7:1", now); }

  std::string metrics() {
    caf::telemetry::collector::prometheus collector;
    auto text = collector.collect_from(system_.metrics());
    return {text.begin(), text.end()};
  }

  bool shows(const std::string& line) { return metrics().find(line) != std::string::npos; }

  door in{system_, small()};
  door::time_point now{1h};
};

} // namespace

TEST_CASE_METHOD(door_fixture, "the oldest stranger gives way to the next", "[I12]") {
  caller callers[5];
  auto first = enter(callers[0]);
  auto second = enter(callers[1]);
  in.greet(second);
  enter(callers[2]);
  enter(callers[3]);
  CHECK_FALSE(callers[0].is_cut);
  enter(callers[4]);
  CHECK(callers[0].is_cut);
  CHECK_FALSE(callers[1].is_cut);
  CHECK_FALSE(callers[2].is_cut);
  // It is open until its socket is.
  CHECK(shows("daybook_connections 5 "));
  in.leave(first);
  CHECK(shows("daybook_connections 4 "));
  CHECK(shows("daybook_connections_refused_total{reason=\"late\"} 1 "));
}

TEST_CASE_METHOD(door_fixture, "strangers have a time to greet, guests have not", "[I12]") {
  caller slow, polite, later;
  enter(slow);
  in.greet(enter(polite));
  now += 3s;
  enter(later);
  in.sweep(now + 2s);
  CHECK_FALSE(slow.is_cut);
  in.sweep(now + 2s + 1ms);
  CHECK(slow.is_cut);
  CHECK_FALSE(later.is_cut);
  in.sweep(now + 1h);
  CHECK(later.is_cut);
  CHECK_FALSE(polite.is_cut);
}

TEST_CASE_METHOD(door_fixture, "whoever leaves may take some time for it", "[I12]") {
  caller guest;
  auto place = enter(guest);
  in.greet(place);
  now += 1h;
  in.begin_to_leave(place, now);
  in.sweep(now + 5s);
  CHECK_FALSE(guest.is_cut);
  in.sweep(now + 6s);
  CHECK(guest.is_cut);
  in.leave(place);
  CHECK(shows("daybook_connections 0 "));
}

TEST_CASE_METHOD(door_fixture, "there is room for so many guests", "[I12]") {
  caller callers[3];
  auto first = enter(callers[0]);
  enter(callers[2]);
  CHECK(in.has_room());
  in.greet(first);
  in.greet(enter(callers[1]));
  CHECK_FALSE(in.has_room());
  in.leave(first);
  CHECK(in.has_room());
}
