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

std::optional<lifecycle> lifecycles::before(account_no n, event_seq at) const {
  auto then = staged(n);
  while (then.changed_at >= at) {
    auto* last = find(then.changed_at);
    if (!last)
      return std::nullopt;
    then = last->before;
  }
  return then;
}

/// Null when it is durable.
const lifecycles::change* lifecycles::find(event_seq at) const {
  for (auto* batch : {&staging_, &sealed_}) {
    auto changed_at = [](const change& x) { return x.after.changed_at; };
    auto found = std::ranges::lower_bound(*batch, at, {}, changed_at);
    if (found != batch->end() && found->after.changed_at == at)
      return &*found;
  }
  return nullptr;
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

} // namespace daybook::ledger
