#include "tests/simulation/causes.hpp"

#include "actors/restart_policy.hpp"
#include "tests/simulation/machine.hpp"

namespace daybook::simulation {

using namespace actors;

namespace {

/// Of the book: each event that it has staged may have some answers that wait.
constexpr std::size_t answers_per_event = 4;
/// No event of the workload is larger.
constexpr std::size_t event_bytes_max = 1'000;

std::uint64_t restarts_max(const restart_policy& x) {
  if (x.kind == restart_kind::bounded)
    return x.restarts_max;
  return x.kind == restart_kind::once ? 1 : 0;
}

std::string nothing(const char* what, const error& x) {
  return std::string{what} + ", and nothing is the cause of it: " + to_string(x);
}

} // namespace

causes::counts causes::now() const {
  return {on_->disk().failures(), on_->disk().full_failures(), on_->index_failures(), kills_,
          stops_};
}

causes::asking causes::begin(std::uint64_t incarnation) const {
  asking x;
  x.incarnation = incarnation;
  x.before = now();
  x.forgiven = at_forgiveness_;
  return x;
}

void causes::process_begins() {
  stops_under_way_ = 0;
  at_process_ = at_end_ = at_forgiveness_ = now();
}

void causes::stop_begins() {
  ++stops_;
  ++stops_under_way_;
}

void causes::stop_ends() {
  ++stops_;
  --stops_under_way_;
}

void causes::book_begins() { since_.push_back(at_end_); }

void causes::book_ended() { at_end_ = now(); }

/// Whatever failed until now has had its effect.
void causes::all_rests() {
  at_rest_ = at_process_ = now();
  if (!since_.empty())
    since_.back() = at_rest_;
}

bool causes::may_have_ended(std::uint64_t incarnation) const {
  return stops_under_way_ > 0 || incarnation == 0 || now() != since_[incarnation - 1];
}

/// Each restart needs something that made it necessary. A full disk costs none, and a book opens
/// without an index that fails.
bool causes::may_be_given_up(const asking& when) const {
  auto x = now();
  auto reasons = x.disk_failures - when.forgiven.disk_failures + x.kills - when.forgiven.kills;
  auto of_space = x.no_space - when.forgiven.no_space;
  return reasons - of_space > restarts_max(on_->options().restarts);
}

bool causes::may_lack_room(const error& x, const asking& when) const {
  auto what = x.get("what");
  auto& batch = on_->options().batch;
  if (what == "events")
    return when.others > 0 && when.items > batch.events_max;
  if (what == "answers")
    return when.others > 0 && when.items > answers_per_event * batch.events_max;
  if (what == "bytes")
    return when.items * event_bytes_max >= batch.bytes_max;
  if (what == "keys")
    return on_->options().index;
  return what.empty() && may_have_ended(when.incarnation); // it is stopping
}

std::string causes::missing(const error& x, const asking& when) const {
  auto since = now();
  auto has_failed = since.disk_failures != when.before.disk_failures ||
                    since.index_failures != when.before.index_failures;
  switch (x.code()) {
  case ec::io:
    return has_failed ? "" : nothing("a read or write failed", x);
  case ec::outcome_unknown:
    return has_failed || may_have_ended(when.incarnation) ? "" : nothing("nobody knows", x);
  case ec::restarting:
    return may_have_ended(when.incarnation) ? "" : nothing("the book is restarting", x);
  case ec::failed:
    return may_be_given_up(when) ? "" : nothing("the book has failed for good", x);
  case ec::no_space:
    return since.no_space != at_rest_.no_space ? "" : nothing("the disk is full", x);
  case ec::overloaded:
    return may_lack_room(x, when) ? "" : nothing("there is no room", x);
  case ec::fence_active:
    return when.is_fenced ? "" : nothing("there is a fence", x);
  case ec::read_only:
    return nothing("the book is only read", x);
  default:
    return {};
  }
}

std::string causes::missing_for_opening(const error& x) const {
  auto something = now() != at_process_;
  if (x.code() == ec::io || x.code() == ec::restarting)
    return something ? "" : nothing("the book does not open", x);
  return missing(x, begin(0));
}

} // namespace daybook::simulation
