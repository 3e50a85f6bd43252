#include "ledger/state_delta.hpp"

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/corruption.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::ledger {

namespace {

bool add_to(amount& sum, amount x) {
  auto added = checked_add(sum, x);
  if (added)
    sum = *added;
  return added.has_value();
}

amount on_side(amount debit_positive, const account_definition& x) {
  return x.normal_side == side::debit ? debit_positive : -debit_positive;
}

} // namespace

state_delta::state_delta(book_state_header before, const chart& names)
    : header_(std::move(before)), names_(&names), accounts_before_(header_.accounts) {
  for (auto& asset : header_.assets)
    asset_by_id_.emplace(asset.definition.id, static_cast<asset_no::rep>(asset_by_id_.size()));
  if (header_.seq != event_seq{})
    batch_ = {header_.seq, header_.epoch, header_.committed_at, header_.chain};
}

result<void> state_delta::begin(const batch_info& batch) {
  auto next = header_.seq.next();
  if (batch.first_seq != next)
    return contradiction(batch.first_seq, fmt::format("event {} is expected", next.value()));
  if (batch_ != batch_info{} &&
      (batch.epoch < batch_.epoch || batch.committed_at < batch_.committed_at))
    return contradiction(next, "its writer's epoch is over, or it was committed earlier");
  batch_ = batch;
  return {};
}

result<void> state_delta::apply(const event& x) {
  DAYBOOK_CHECK(batch_ != batch_info{});
  auto seq = header_.seq.next();
  if (auto ok = std::visit([&](auto& y) { return fold(y, seq); }, x); !ok)
    return ok;
  header_.seq = seq;
  header_.epoch = batch_.epoch;
  header_.committed_at = batch_.committed_at;
  header_.chain = batch_.chain;
  return {};
}

account_state state_delta::updated(account_no n, account_state before) const {
  auto i = changes_.find(n);
  if (i == changes_.end())
    return before;
  auto& [net, updated_seq, state] = i->second;
  if (updated_seq != event_seq{}) {
    auto after = checked_add(before.balance, on_side(net, before.definition));
    before.balance = after.value_or(before.balance);
    before.updated_seq = updated_seq;
  }
  if (state) {
    before.closed = state->closed;
    before.changed_at = state->changed_at;
  }
  return before;
}

// -- folding -------------------------------------------------------------------------------------

result<void> state_delta::fold(const asset_registered& x, event_seq seq) {
  asset_no n{static_cast<asset_no::rep>(header_.assets.size())};
  if (!asset_by_id_.emplace(x.definition.id, n).second)
    return contradiction(
        seq, fmt::format("asset \"{}\" is registered twice", printable(x.definition.id)));
  header_.assets.push_back({x.definition, seq, {}, {}});
  return {};
}

result<void> state_delta::fold(const account_opened& x, event_seq seq) {
  auto& definition = x.definition;
  auto asset = asset_by_id_.find(definition.asset);
  if (asset == asset_by_id_.end())
    return contradiction(seq, fmt::format("asset \"{}\" is unknown", printable(definition.asset)));
  if (!definition.normal_side || !is_known(*definition.normal_side))
    return contradiction(seq,
                         fmt::format("account \"{}\" has no side", printable(definition.path)));
  new_accounts_.push_back({definition, seq, {}, {}, false, {}});
  new_assets_of_.push_back(asset->second);
  ++header_.accounts;
  return {};
}

result<void> state_delta::fold(const transaction_posted& x, event_seq seq) {
  sums_.clear();
  for (auto& entry : x.entries) {
    if (entry.account.value() >= header_.accounts)
      return contradiction(seq,
                           fmt::format("account number {} is not open", entry.account.value()));
    if (!is_known(entry.direction) || !entry.value.is_positive())
      return contradiction(seq, "a posting without a direction or an amount");
    if (!add(entry, seq))
      return contradiction(seq, "a balance would pass 128 bits");
  }
  if (!add_turnovers())
    return contradiction(seq, "its debits and credits differ, or would pass 128 bits");
  return {};
}

asset_no state_delta::asset_of(account_no n) const {
  return n.value() < accounts_before_ ? (*names_)[n].asset
                                      : new_assets_of_[n.value() - accounts_before_];
}

bool state_delta::add(const posted_entry& x, event_seq seq) {
  auto is_debit = x.direction == side::debit;
  auto net = is_debit ? x.value : -x.value;
  auto& sums = sums_[asset_of(x.account)];
  if (!add_to(is_debit ? sums.debit : sums.credit, x.value))
    return false;
  if (x.account.value() < accounts_before_) {
    auto& changed = changes_[x.account];
    changed.updated_seq = seq;
    return add_to(changed.net, net);
  }
  auto& account = new_accounts_[x.account.value() - accounts_before_];
  account.updated_seq = seq;
  return add_to(account.balance, on_side(net, account.definition));
}

bool state_delta::add_turnovers() {
  for (auto& [asset, sums] : sums_) {
    if (asset.value() >= header_.assets.size() || sums.debit != sums.credit)
      return false;
    auto& total = header_.assets[asset.value()];
    if (!add_to(total.debit_turnover, sums.debit) || !add_to(total.credit_turnover, sums.credit))
      return false;
  }
  return true;
}

result<void> state_delta::fold(const account_closed& x, event_seq seq) {
  return set_lifecycle(x.account, {true, seq});
}

result<void> state_delta::fold(const account_reopened& x, event_seq seq) {
  return set_lifecycle(x.account, {false, seq});
}

result<void> state_delta::set_lifecycle(account_no n, const lifecycle& x) {
  if (n.value() >= header_.accounts)
    return contradiction(x.changed_at, fmt::format("account number {} is not open", n.value()));
  if (n.value() < accounts_before_) {
    changes_[n].state = x;
  } else {
    auto& account = new_accounts_[n.value() - accounts_before_];
    account.closed = x.closed;
    account.changed_at = x.changed_at;
  }
  return {};
}

} // namespace daybook::ledger
