#include "actors/net/door.hpp"

#include "actors/logging.hpp"

#include <caf/telemetry/metric_registry.hpp>

#include <utility>

namespace daybook::actors {

namespace {

/// Lines of a kind of refusal in a second; each says how many refusals there were in all.
constexpr int lines_max = 10;

} // namespace

std::string_view to_string(refusal x) {
  switch (x) {
  case refusal::tls:
    return "tls";
  case refusal::protocol:
    return "protocol";
  case refusal::late:
    return "late";
  case refusal::full:
    return "full";
  case refusal::size:
    return "size";
  }
  return "unknown";
}

door::door(caf::actor_system& system, const peer_limits& limits)
    : limits_(limits),
      refusals_(system.metrics().counter_family("daybook", "connections-refused", {"reason"},
                                                "Connections that were refused or cut off.", "1",
                                                true)),
      open_(system.metrics().gauge_singleton("daybook", "connections",
                                             "Connections that came in and are open.")) {
  // So that a first refusal is seen as a change.
  for (std::size_t i = 0; i < refusal_kinds; ++i)
    refusals_->get_or_add({{"reason", std::string{to_string(static_cast<refusal>(i))}}});
}

void door::move(place x, connections& to) { to.splice(to.end(), *std::exchange(x->among, &to), x); }

door::place door::enter(visitor& who, std::string peer, time_point now) {
  if (strangers_.size() >= limits_.strangers_max)
    refuse_late(strangers_.begin(), "it had not greeted when others came", now);
  strangers_.push_back({&who, now, std::move(peer), &strangers_});
  open_->inc();
  return std::prev(strangers_.end());
}

void door::greet(place x) {
  if (x->among == &strangers_)
    move(x, guests_);
}

void door::begin_to_leave(place x, time_point now) {
  x->since = now;
  move(x, leaving_);
}

void door::leave(place x) {
  x->among->erase(x);
  open_->dec();
}

void door::refuse_late(place x, const char* why, time_point now) {
  refuse(refusal::late, x->peer, why, now);
  move(x, cut_);
  x->who->cut();
}

void door::cut_older(connections& from, time_point limit, const char* why, time_point now) {
  while (!from.empty() && from.front().since < limit)
    refuse_late(from.begin(), why, now);
}

void door::sweep(time_point now) {
  auto limit = now - limits_.greeting_time;
  cut_older(strangers_, limit, "it has not greeted in time", now);
  cut_older(leaving_, limit, "it does not read what it was sent last", now);
}

void door::refuse(refusal kind, const std::string& peer, std::string_view why, time_point now) {
  auto name = to_string(kind);
  refusals_->get_or_add({{"reason", std::string{name}}})->inc();
  ++refused_;
  if (now - lines_since_ >= std::chrono::seconds{1}) {
    lines_since_ = now;
    lines_ = {};
  }
  if (++lines_.at(static_cast<std::size_t>(kind)) <= lines_max)
    logger()->warn("event=refused peer={} kind={} reason=\"{}\" refused={}", peer, name, why,
                   refused_);
}

} // namespace daybook::actors
