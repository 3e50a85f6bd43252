#include "ledger/lifecycles.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace daybook::ledger {

lifecycle lifecycles::staged(account_no n) const {
  auto i = states_.find(n);
  return i == states_.end() ? lifecycle{} : i->second.staged;
}

lifecycle lifecycles::durable(account_no n) const {
  auto i = states_.find(n);
  return i == states_.end() ? lifecycle{} : i->second.durable;
}

void lifecycles::stage(account_no n, lifecycle x) {
  auto& staged = states_[n].staged;
  staging_.push_back({n, staged, x});
  staged = x;
}

void lifecycles::settle(account_no n, lifecycle x) { states_[n] = {x, x}; }

void lifecycles::seal() {
  DAYBOOK_INVARIANT(sealed_.empty());
  std::swap(staging_, sealed_);
}

void lifecycles::mark_durable() {
  for (auto& x : sealed_)
    states_[x.account].durable = x.after;
  sealed_.clear();
}

void lifecycles::restore(account_no n, lifecycle before) {
  auto i = states_.find(n);
  i->second.staged = before;
  if (before == lifecycle{} && i->second.durable == lifecycle{})
    states_.erase(i);
}

// -- the past ------------------------------------------------------------------------------------

std::optional<lifecycle> recent_lifecycles::before(account_no n, event_seq at) {
  auto then = of_->staged(n);
  if (then.changed_at < at)
    return then;
  gather();
  auto& changes = changes_[n];
  auto changed_at = [](const change& x) { return x.after.changed_at; };
  auto next = std::ranges::lower_bound(changes, at, {}, changed_at);
  if (next == changes.end() || next->before.changed_at >= at)
    return std::nullopt;
  return next->before;
}

/// Once, for a batch may ask about very many events.
void recent_lifecycles::gather() {
  if (std::exchange(has_gathered_, true))
    return;
  for (auto* batch : {&of_->sealed_, &of_->staging_})
    for (auto& x : *batch)
      changes_[x.account].push_back(x);
}

} // namespace daybook::ledger
