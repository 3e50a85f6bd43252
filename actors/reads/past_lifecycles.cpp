#include "actors/reads/past_lifecycles.hpp"

#include "actors/reads/indexed_history.hpp"
#include "actors/reads/log_walk.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

namespace daybook::actors {

namespace {

std::optional<ledger::lifecycle_change> change_of(const ledger::event& x) {
  if (auto* closed = std::get_if<ledger::account_closed>(&x))
    return ledger::lifecycle_change{closed->account, true};
  if (auto* reopened = std::get_if<ledger::account_reopened>(&x))
    return ledger::lifecycle_change{reopened->account, false};
  return std::nullopt;
}

event_seq event_before(event_seq x) {
  return event_seq{x.value() - std::min<std::uint64_t>(x.value(), 1)};
}

/// One pass over what the index does not have.
result<void> find_behind(const environment& env, const log_scan& scan, event_seq indexed,
                         const std::vector<ledger::account_before>& asked, ledger::facts& to) {
  std::unordered_map<account_no, std::vector<ledger::account_before>> asked_of;
  auto from = scan.last.next();
  event_seq last;
  for (auto& x : asked) {
    if (event_before(x.event) <= indexed)
      continue;
    asked_of[x.account].push_back(x);
    from = std::min(from, (*scan.chart)[x.account].opened_at);
    last = std::max(last, event_before(x.event));
  }
  from = std::max(from, indexed.next());
  return each_event(env, scan, from, last, [&](auto& event, auto& at) {
    auto change = change_of(event.content);
    auto found = change ? asked_of.find(change->account) : asked_of.end();
    if (found != asked_of.end())
      for (auto& x : found->second)
        if (at.seq < x.event)
          to.lifecycles[x] = {change->closed, at.seq};
    return true;
  });
}

} // namespace

result<void> find_changes(const environment& env, const log_scan& scan,
                          const std::vector<event_seq>& asked, ledger::facts& to) {
  for (auto seq : asked)
    to.changes[seq] = std::nullopt;
  auto wanted = asked;
  std::ranges::sort(wanted);
  wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
  std::erase_if(wanted, [&](auto seq) { return seq == event_seq{} || seq > scan.last; });
  return each_event_of(env, scan, wanted, [&](auto& event, auto& at) {
    to.changes[at.seq] = change_of(event.content);
    return true;
  });
}

result<void> find_lifecycles(const environment& env, const log_scan& scan,
                             const std::vector<ledger::account_before>& asked, ledger::facts& to) {
  for (auto& x : asked)
    to.lifecycles[x] = {};
  auto indexed = indexed_up_to(env, scan, scan.last);
  if (auto found = find_behind(env, scan, indexed, asked, to); !found)
    return found;
  if (indexed == event_seq{})
    return {};
  indexed_history known{*env.index, scan.id};
  for (auto& x : asked) {
    auto& then = to.lifecycles[x];
    if (then != ledger::lifecycle{} || x.event == event_seq{})
      continue;
    auto found = known.lifecycle(x.account, std::min(event_before(x.event), indexed),
                                 (*scan.chart)[x.account].opened_at);
    if (!found)
      return fail(std::move(found.error()));
    then = *found;
  }
  return {};
}

} // namespace daybook::actors
