#include "actors/reads/unit_border.hpp"

#include "actors/reads/log_walk.hpp"

#include <optional>
#include <string>

namespace daybook::actors {

namespace {

/// Some events in a row, the last one too.
struct event_range {
  event_seq first;
  event_seq last;
};

/// The batch of an event that belongs to the same unit as the one before it; else nothing.
result<std::optional<event_range>> batch_of_joined(const environment& env, const log_scan& scan,
                                                   event_seq seq) {
  std::optional<event_range> batch;
  auto done = each_event(env, scan, seq, seq, [&](auto& event, auto& at) {
    if (event.joined)
      batch = event_range{at.batch.first_seq, at.batch.last_seq()};
    return false;
  });
  if (!done)
    return fail(std::move(done.error()));
  return batch;
}

/// The unit of an event in a batch.
result<event_range> unit_in(const environment& env, const log_scan& scan, event_seq seq,
                            const event_range& batch) {
  auto unit = batch;
  auto done = each_event(env, scan, batch.first, batch.last, [&](auto& event, auto& at) {
    if (event.joined)
      return true;
    if (at.seq <= seq)
      unit.first = at.seq;
    else
      unit.last = event_seq{at.seq.value() - 1};
    return at.seq <= seq;
  });
  if (!done)
    return fail(std::move(done.error()));
  return unit;
}

/// The unit that is both before and behind the end of an event, if there is one.
result<std::optional<event_range>> unit_around(const environment& env, const log_scan& scan,
                                               event_seq seq) {
  if (seq == event_seq{} || seq >= scan.last)
    return std::nullopt;
  auto batch = batch_of_joined(env, scan, seq.next());
  if (!batch || !*batch)
    return batch;
  return unit_in(env, scan, seq, **batch).map([](const event_range& x) {
    return std::optional{x};
  });
}

/// `before` and `after` may be asked for.
tl::unexpected<error> within_unit(const char* field, event_seq asked, event_seq before,
                                  event_seq after) {
  auto lower = std::to_string(before.value());
  auto upper = std::to_string(after.value());
  return fail(ec::invalid_argument,
              "event " + std::to_string(asked.value()) +
                  " is within a unit, of which everything became visible at once: ask for event " +
                  lower + " or " + upper,
              {{"field", field}, {"before", lower}, {"after", upper}});
}

} // namespace

/// Nobody has seen what was between two events of a unit, and nobody is to see it afterwards.
result<void> check_border(const environment& env, const log_scan& scan, event_seq seq) {
  auto unit = unit_around(env, scan, seq);
  if (!unit)
    return fail(std::move(unit.error()));
  if (!*unit)
    return {};
  return within_unit("seq", seq, event_seq{(*unit)->first.value() - 1}, (*unit)->last);
}

result<void> check_start(const environment& env, const log_scan& scan, event_seq from) {
  auto unit = unit_around(env, scan, event_seq{from.value() - 1});
  if (!unit)
    return fail(std::move(unit.error()));
  if (!*unit)
    return {};
  return within_unit("from", from, (*unit)->first, (*unit)->last.next());
}

result<event_seq> end_of_unit(const environment& env, const log_scan& scan, event_seq seq) {
  auto unit = unit_around(env, scan, seq);
  if (!unit)
    return fail(std::move(unit.error()));
  return *unit ? (*unit)->last : seq;
}

} // namespace daybook::actors
