#include "actors/watchers.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

constexpr std::size_t appliers_max = 1'024;

} // namespace

bool watchers::report(const std::string& name, event_seq seq, const caf::actor_addr& who) {
  auto known = appliers_.find({name, who});
  if (known != appliers_.end())
    known->second = std::max(known->second, seq);
  else if (appliers_.size() < appliers_max)
    appliers_.emplace(std::pair{name, who}, seq);
  else
    return false;
  return true;
}

void watchers::forget(const caf::actor_addr& who) {
  std::erase_if(appliers_, [&who](auto& x) { return x.first.second == who; });
}

/// The marks of one name are neighbours.
void watchers::complete(frontier& x) const {
  for (auto& [key, seq] : appliers_)
    if (x.applied.empty() || x.applied.back().name != key.first)
      x.applied.push_back({key.first, seq});
    else
      x.applied.back().seq = std::min(x.applied.back().seq, seq);
}

void watchers::add(promise who, watermark mark, std::string name, event_seq seq,
                   caf::disposable timer) {
  waiting_.push_back(
      {++last_number_, std::move(who), mark, std::move(name), seq, std::move(timer)});
}

void watchers::wake(const frontier& now) {
  auto reached = std::partition(waiting_.begin(), waiting_.end(),
                                [&now](auto& x) { return position(now, x.mark, x.name) < x.seq; });
  for (auto i = reached; i != waiting_.end(); ++i) {
    i->timer.dispose();
    i->who.deliver(now);
  }
  waiting_.erase(reached, waiting_.end());
}

void watchers::expire(std::uint64_t number, const frontier& now) {
  auto found = std::ranges::find(waiting_, number, &waiter::number);
  if (found == waiting_.end())
    return;
  auto at = position(now, found->mark, found->name);
  found->who.deliver(to_caf(
      {ec::timed_out,
       "the watermark stands at " + std::to_string(at.value()) +
           ": wait longer, or see what holds it up",
       {{"found", std::to_string(at.value())}, {"expected", std::to_string(found->seq.value())}}}));
  waiting_.erase(found);
}

void watchers::end(const error& reason) {
  for (auto& x : std::exchange(waiting_, {})) {
    x.timer.dispose();
    x.who.deliver(to_caf(reason));
  }
}

event_seq watchers::position(const frontier& x, watermark mark, const std::string& name) {
  switch (mark) {
  case watermark::accepted:
    return x.accepted;
  case watermark::written:
    return x.written;
  case watermark::durable:
    return x.durable;
  case watermark::applied:
    break;
  }
  auto found = std::ranges::find(x.applied, name, &applied_mark::name);
  return found == x.applied.end() ? event_seq{} : found->seq;
}

} // namespace daybook::actors
