#include "actors/watchers.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <optional>
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
  std::erase_if(waiting_, [&who](auto& x) {
    if (x.asker != who)
      return false;
    x.timer.dispose();
    return true;
  });
}

bool watchers::know(const caf::actor_addr& who) const {
  return std::ranges::any_of(appliers_, [&who](auto& x) { return x.first.second == who; }) ||
         std::ranges::any_of(waiting_, [&who](auto& x) { return x.asker == who; });
}

/// The marks of one name are neighbours.
void watchers::complete(frontier& x) const {
  for (auto& [key, seq] : appliers_)
    if (x.applied.empty() || x.applied.back().name != key.first)
      x.applied.push_back({key.first, seq});
    else
      x.applied.back().seq = std::min(x.applied.back().seq, seq);
}

void watchers::add(promise answer, caf::actor_addr asker, watermark mark, std::string name,
                   event_seq seq, caf::disposable timer) {
  waiting_.push_back({++last_number_, std::move(answer), std::move(asker), mark, std::move(name),
                      seq, std::move(timer)});
}

/// Called for every write while anybody waits: what others apply is put together only for those who
/// are answered.
void watchers::wake(const frontier& book) {
  auto reached = std::partition(waiting_.begin(), waiting_.end(),
                                [&](auto& x) { return position(book, x.mark, x.name) < x.seq; });
  if (reached == waiting_.end())
    return;
  auto now = book;
  complete(now);
  for (auto i = reached; i != waiting_.end(); ++i) {
    i->timer.dispose();
    i->answer.deliver(now);
  }
  waiting_.erase(reached, waiting_.end());
}

void watchers::expire(std::uint64_t number, const frontier& book) {
  auto found = std::ranges::find(waiting_, number, &waiter::number);
  if (found == waiting_.end())
    return;
  auto late = std::move(*found);
  waiting_.erase(found);
  auto at = position(book, late.mark, late.name);
  if (at >= late.seq) {
    auto now = book;
    complete(now);
    return late.answer.deliver(std::move(now));
  }
  late.answer.deliver(to_caf(
      {ec::timed_out,
       "the watermark stands at " + std::to_string(at.value()) +
           ": wait longer, or see what holds it up",
       {{"found", std::to_string(at.value())}, {"expected", std::to_string(late.seq.value())}}}));
}

void watchers::end(const error& reason) {
  for (auto& x : std::exchange(waiting_, {})) {
    x.timer.dispose();
    x.answer.deliver(to_caf(reason));
  }
}

event_seq watchers::position(const frontier& x, watermark mark, const std::string& name) const {
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
  // The marks of one name are neighbours.
  std::optional<event_seq> last;
  for (auto mark_of = appliers_.lower_bound({name, caf::actor_addr{}});
       mark_of != appliers_.end() && mark_of->first.first == name; ++mark_of)
    last = last ? std::min(*last, mark_of->second) : mark_of->second;
  return last.value_or(event_seq{});
}

} // namespace daybook::actors
