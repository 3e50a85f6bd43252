#include "ledger/state_delta.hpp"

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/corruption.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::ledger {

state_delta::state_delta(book_state_header before, const chart& names)
    : header_(std::move(before)), names_(&names), accounts_before_(header_.accounts) {
  for (auto& asset : header_.assets)
    asset_by_id_.emplace(asset.definition.id, static_cast<asset_no::rep>(asset_by_id_.size()));
  if (header_.seq != event_seq{})
    batch_ = {header_.seq, header_.epoch, header_.committed_at, header_.chain};
}

result<void> state_delta::begin(const batch_info& batch) {
  if (auto ok = check_batch(batch, header_.seq.next(), batch_); !ok)
    return ok;
  batch_ = batch;
  return {};
}

result<void> state_delta::apply(const event& x) {
  DAYBOOK_INVARIANT(batch_ != batch_info{});
  auto seq = header_.seq.next();
  if (auto ok = check_event(x, seq, *this); !ok)
    return ok;
  if (auto ok = std::visit([&](auto& y) { return fold(y, seq); }, x); !ok)
    return ok;
  header_.seq = seq;
  header_.epoch = batch_.epoch;
  header_.committed_at = batch_.committed_at;
  header_.chain = batch_.chain;
  return {};
}

result<void> state_delta::update(account_no n, account_state& x) const {
  if (!new_paths_.empty() && new_paths_.contains(x.definition.path))
    return contradicts(x, "is there, and the log opens it");
  auto i = changes_.find(n);
  if (i == changes_.end())
    return {};
  auto& [net, updated_seq, was_closed, state] = i->second;
  if (x.closed != was_closed)
    return contradicts(x, was_closed ? "is open, and the log reopens it"
                                     : "is closed, and the log posts to it or closes it");
  if (updated_seq != event_seq{}) {
    if (!add_to(x.balance, on_side(net, *x.definition.normal_side)))
      return contradicts(x, "has a balance that would pass 128 bits");
    x.updated_seq = updated_seq;
  }
  if (state) {
    x.closed = state->closed;
    x.changed_at = state->changed_at;
  }
  return {};
}

tl::unexpected<error> state_delta::contradicts(const account_state& before,
                                               std::string_view how) const {
  return contradiction(header_.seq, fmt::format("in the state before it, account \"{}\" {}",
                                                printable(before.definition.path), how));
}

// -- what is known of the events before ----------------------------------------------------------

bool state_delta::has_asset(const std::string& id) const { return asset_by_id_.contains(id); }

bool state_delta::has_account(const std::string& path) const { return new_paths_.contains(path); }

/// The first event that takes an account of the state before to be closed, or to be open, is
/// believed; `update` holds it against that state.
bool state_delta::can_be(account_no n, bool closed) {
  if (n.value() >= accounts_before_)
    return new_accounts_[n.value() - accounts_before_].closed == closed;
  auto& known = changes_.try_emplace(n, change{.was_closed = closed}).first->second;
  return (known.state ? known.state->closed : known.was_closed) == closed;
}

// -- folding -------------------------------------------------------------------------------------

result<void> state_delta::fold(const asset_registered& x, event_seq seq) {
  asset_by_id_.emplace(x.definition.id, static_cast<asset_no::rep>(header_.assets.size()));
  header_.assets.push_back({x.definition, seq, {}, {}});
  return {};
}

result<void> state_delta::fold(const account_opened& x, event_seq seq) {
  new_accounts_.push_back({x.definition, seq, {}, {}, false, {}});
  new_assets_of_.push_back(asset_by_id_.find(x.definition.asset)->second);
  new_paths_.insert(x.definition.path);
  ++header_.accounts;
  return {};
}

result<void> state_delta::fold(const transaction_posted& x, event_seq seq) {
  sums_.clear();
  for (auto& entry : x.entries)
    if (!add(entry, seq))
      return contradiction(seq, "a balance would pass 128 bits");
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
  return add_to(account.balance, on_side(net, *account.definition.normal_side));
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
  set_lifecycle(x.account, {true, seq});
  return {};
}

result<void> state_delta::fold(const account_reopened& x, event_seq seq) {
  set_lifecycle(x.account, {false, seq});
  return {};
}

void state_delta::set_lifecycle(account_no n, const lifecycle& x) {
  if (n.value() < accounts_before_) {
    changes_[n].state = x;
    return;
  }
  auto& account = new_accounts_[n.value() - accounts_before_];
  account.closed = x.closed;
  account.changed_at = x.changed_at;
}

} // namespace daybook::ledger
