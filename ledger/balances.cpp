#include "ledger/balances.hpp"

#include "base/check.hpp"

#include <utility>

namespace daybook::ledger {

namespace {

using reason = objection::reason;

/// For sums that the checks before them keep in range.
amount sum_in_range(amount x, amount y) {
  auto sum = checked_add(x, y);
  DAYBOOK_INVARIANT(sum.has_value());
  return *sum;
}

} // namespace

void balances::add(asset_no n) {
  DAYBOOK_INVARIANT(n.value() == assets_.size());
  assets_.push_back({});
}

void balances::add(account_no n) {
  DAYBOOK_INVARIANT(n.value() == accounts_.size());
  auto& entry = (*chart_)[n];
  accounts_.push_back(
      {.asset = entry.asset, .normal = entry.normal_side, .bounded = entry.is_bounded()});
}

// -- weighing ------------------------------------------------------------------------------------

std::optional<objection> balances::weigh(std::span<const posted_entry> entries) {
  touched_.clear();
  sums_.clear();
  auto found = collect(entries);
  if (!found)
    found = find_unbalanced();
  if (!found)
    found = advance_accounts();
  if (!found)
    found = advance_turnovers();
  return found;
}

balances::touched_account& balances::touch(account_no n, account_row& row) {
  if (row.slot >= touched_.size() || touched_[row.slot].account != n) {
    row.slot = static_cast<std::uint32_t>(touched_.size());
    touched_.push_back({n, amount{}});
  }
  return touched_[row.slot];
}

balances::touched_asset& balances::touch(asset_no n) {
  auto& row = assets_[n.value()];
  if (row.slot >= sums_.size() || sums_[row.slot].asset != n) {
    row.slot = static_cast<std::uint32_t>(sums_.size());
    sums_.push_back({n, {}});
  }
  return sums_[row.slot];
}

std::optional<objection> balances::collect(std::span<const posted_entry> entries) {
  for (auto& x : entries) {
    auto& row = accounts_[x.account.value()];
    if (row.closed)
      return objection{.why = reason::closed, .asset = row.asset, .account = x.account};
    auto& sums = touch(row.asset).sums;
    auto is_debit = x.direction == side::debit;
    if (!add_to(is_debit ? sums.debit : sums.credit, x.value))
      return objection{.why = reason::sum_overflow, .asset = row.asset, .value = x.value};
    // Between minus the credits and plus the debits, which are both in range.
    auto& net = touch(x.account, row).net;
    net = sum_in_range(net, is_debit ? x.value : -x.value);
  }
  return std::nullopt;
}

std::optional<objection> balances::find_unbalanced() const {
  for (auto& [asset, sums] : sums_)
    if (sums.debit != sums.credit)
      return objection{
          .why = reason::unbalanced, .asset = asset, .debit = sums.debit, .credit = sums.credit};
  return std::nullopt;
}

std::optional<objection> balances::advance_accounts() {
  for (auto& [account, net] : touched_) {
    auto& row = accounts_[account.value()];
    if (!add_to(net, row.staged))
      return objection{.why = reason::balance_overflow, .asset = row.asset, .account = account};
    if (row.bounded)
      if (auto found = judge(account, row, on_side(net, row.normal)))
        return found;
  }
  return std::nullopt;
}

std::optional<objection> balances::judge(account_no n, const account_row& row, amount after) const {
  auto bounds = chart_->bounds_of(n);
  objection found{.why = reason::below_min, .asset = row.asset, .account = n, .value = after};
  if (bounds.min_balance && after < *bounds.min_balance)
    return found;
  found.why = reason::above_max;
  if (bounds.max_balance && after > *bounds.max_balance)
    return found;
  return std::nullopt;
}

std::optional<objection> balances::advance_turnovers() {
  for (auto& [asset, sums] : sums_) {
    auto value = sums.debit;
    auto& before = assets_[asset.value()].staged;
    if (!add_to(sums.debit, before.debit) || !add_to(sums.credit, before.credit))
      return objection{.why = reason::turnover_overflow, .asset = asset, .value = value};
  }
  return std::nullopt;
}

// -- applying ------------------------------------------------------------------------------------

logged_balances balances::post(event_seq seq) {
  if (recording_)
    record_way_back();
  auto first = staging_.accounts.size();
  for (auto& [account, after] : touched_) {
    auto& row = accounts_[account.value()];
    row.staged = after;
    row.staged_updated = seq;
    staging_.accounts.push_back({account, seq, after});
  }
  for (auto& x : sums_) {
    assets_[x.asset.value()].staged = x.sums;
    // Nobody sees the turnover in the midst of a batch.
    auto& logged = staging_.assets;
    if (logged.size() <= turnovers_marked_ || logged.back().asset != x.asset)
      logged.push_back(x);
    else
      logged.back() = x;
  }
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(touched_.size())};
}

void balances::settle(event_seq seq) {
  for (auto& [account, after] : touched_) {
    auto& row = accounts_[account.value()];
    row.staged = row.durable = after;
    row.staged_updated = row.durable_updated = seq;
  }
  for (auto& [asset, after] : sums_)
    assets_[asset.value()].staged = assets_[asset.value()].durable = after;
}

void balances::changes::clear() {
  accounts.clear();
  assets.clear();
}

void balances::seal() {
  DAYBOOK_INVARIANT(sealed_.accounts.empty());
  DAYBOOK_INVARIANT(!recording_);
  std::swap(staging_, sealed_);
  turnovers_marked_ = 0;
}

void balances::mark_durable() {
  for (auto& x : sealed_.accounts) {
    auto& row = accounts_[x.account.value()];
    row.durable = x.after;
    row.durable_updated = x.seq;
  }
  for (auto& x : sealed_.assets)
    assets_[x.asset.value()].durable = x.sums;
  std::swap(sealed_, last_durable_);
  sealed_.clear();
}

std::vector<account_balance> balances::staged_log(const logged_balances& x) const {
  return read(staging_, x);
}

std::vector<account_balance> balances::durable_log(const logged_balances& x) const {
  return read(last_durable_, x);
}

std::vector<account_balance> balances::read(const changes& from, const logged_balances& x) const {
  DAYBOOK_INVARIANT(std::size_t{x.first} + x.count <= from.accounts.size());
  std::vector<account_balance> found;
  found.reserve(x.count);
  for (auto& change : std::span{from.accounts}.subspan(x.first, x.count))
    found.push_back(
        {change.account, on_side(change.after, accounts_[change.account.value()].normal)});
  return found;
}

// -- taking back ---------------------------------------------------------------------------------

balances::mark balances::set_mark() {
  recording_ = true;
  turnovers_marked_ = staging_.assets.size();
  return {assets_.size(),    accounts_.size(),      staging_.accounts.size(),
          turnovers_marked_, undo_accounts_.size(), undo_assets_.size()};
}

void balances::record_way_back() {
  for (auto& [account, after] : touched_) {
    auto& row = accounts_[account.value()];
    undo_accounts_.push_back({account, row.staged, row.staged_updated});
  }
  for (auto& x : sums_)
    undo_assets_.push_back({x.asset, assets_[x.asset.value()].staged});
}

void balances::undo_to(const mark& x) {
  for (; undo_accounts_.size() > x.undo_accounts; undo_accounts_.pop_back()) {
    auto& [account, staged, updated] = undo_accounts_.back();
    accounts_[account.value()].staged = staged;
    accounts_[account.value()].staged_updated = updated;
  }
  for (; undo_assets_.size() > x.undo_assets; undo_assets_.pop_back())
    assets_[undo_assets_.back().asset.value()].staged = undo_assets_.back().sums;
  staging_.accounts.resize(x.logged);
  staging_.assets.resize(x.turnovers);
  accounts_.truncate(x.accounts);
  assets_.truncate(x.assets);
}

void balances::forget_marks() {
  recording_ = false;
  undo_accounts_.clear();
  undo_assets_.clear();
}

// -- a state from elsewhere ----------------------------------------------------------------------

void balances::restore(asset_no n, const turnover& x) {
  assets_[n.value()].staged = assets_[n.value()].durable = x;
}

void balances::restore(account_no n, amount on_normal_side, event_seq updated_seq) {
  auto& row = accounts_[n.value()];
  row.staged = row.durable = on_side(on_normal_side, row.normal);
  row.staged_updated = row.durable_updated = updated_seq;
}

// -- reading -------------------------------------------------------------------------------------

balance balances::of(account_no n) const {
  auto& row = accounts_[n.value()];
  return {on_side(row.durable, row.normal), row.durable_updated};
}

balance balances::staged(account_no n) const {
  auto& row = accounts_[n.value()];
  return {on_side(row.staged, row.normal), row.staged_updated};
}

std::vector<trial_balance_row> balances::trial(std::size_t assets, std::size_t accounts) const {
  std::vector<trial_balance_row> rows(assets);
  for (std::size_t i = 0; i < assets; ++i) {
    rows[i].asset = asset_no{static_cast<asset_no::rep>(i)};
    rows[i].debit_turnover = assets_[i].durable.debit;
    rows[i].credit_turnover = assets_[i].durable.credit;
  }
  // An account stands nowhere beyond what it has turned over, so these stay below the turnovers.
  for (std::size_t i = 0; i < accounts; ++i) {
    auto& row = accounts_[i];
    auto& sums = rows[row.asset.value()];
    if (row.durable.is_negative())
      sums.credit_balances = sum_in_range(sums.credit_balances, -row.durable);
    else
      sums.debit_balances = sum_in_range(sums.debit_balances, row.durable);
  }
  return rows;
}

} // namespace daybook::ledger
