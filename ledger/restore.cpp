// The part of the book machine that takes a snapshot's state, and refuses one that cannot be.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/corruption.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::ledger {

namespace {

/// A header is not believed before accounts come: room is made for some times as many as are there.
constexpr std::uint64_t growth = 8;

/// As many as a processor can wait for at once, and a few.
constexpr std::size_t prefetched_accounts = 16;

} // namespace

result<void> book_machine::restore(const book_state_header& x) {
  DAYBOOK_INVARIANT(is_idle() && durable_.seq == event_seq{} && last_batch_ == batch_info{});
  if (x.assets.size() > x.seq.value() || x.accounts > x.seq.value() - x.assets.size())
    return contradiction(x.seq, "the snapshot has more assets and accounts than events");
  for (auto& asset : x.assets) {
    if (auto ok = check(asset, x); !ok)
      return ok;
    add_asset(asset.definition, asset.registered_at);
    balances_.restore(asset_no{static_cast<asset_no::rep>(chart_->assets() - 1)},
                      {asset.debit_turnover, asset.credit_turnover});
  }
  id_ = x.book;
  last_batch_ = {{}, x.epoch, x.committed_at, x.chain};
  last_of_state_ = replaying_ = last_replayed_ = last_batch_;
  staged_ = sealed_ = durable_ = {x.seq, 0, x.assets.size()};
  replayed_ = restored_ = x.seq;
  may_start_before_ = true;
  keys_from_ = x.seq.next();
  restoring_ = {x.accounts, 0, std::vector<turnover>(x.assets.size())};
  return x.accounts == 0 ? check_sums() : result<void>{};
}

result<void> book_machine::check(const asset_state& x, const book_state_header& header) const {
  auto id = printable(x.definition.id);
  auto wrong = [&](std::string_view why) {
    return contradiction(header.seq, fmt::format("in the snapshot, asset \"{}\" {}", id, why));
  };
  if (chart_->find_asset(x.definition.id))
    return wrong("is there twice");
  if (x.definition.precision > precision_max)
    return wrong("has too many decimals");
  auto previous =
      chart_->assets() == 0
          ? event_seq{}
          : (*chart_)[asset_no{static_cast<asset_no::rep>(chart_->assets() - 1)}].registered_at;
  if (x.registered_at <= previous || x.registered_at > header.seq)
    return wrong("is out of order");
  if (x.debit_turnover != x.credit_turnover || x.debit_turnover.is_negative())
    return wrong("has a turnover that cannot be");
  return {};
}

result<void> book_machine::restore(std::span<const account_state> next) {
  auto come = chart_->accounts() + next.size();
  if (come > restoring_.accounts_reserved) {
    auto all = chart_->accounts() + restoring_.accounts_missing;
    restoring_.accounts_reserved = std::min<std::uint64_t>(growth * come, all);
    chart_->reserve(restoring_.accounts_reserved);
  }
  for (std::size_t i = 0; i < next.size(); ++i) {
    if (i + prefetched_accounts < next.size())
      chart_->prefetch(next[i + prefetched_accounts].definition.path);
    if (auto ok = restore_next(next[i]); !ok)
      return ok;
  }
  return {};
}

result<void> book_machine::restore_next(const account_state& next) {
  if (restoring_.accounts_missing == 0)
    return contradiction(durable_.seq, "the snapshot has more accounts than it says");
  if (auto ok = check(next); !ok)
    return ok;
  auto n = chart_->next_account();
  auto asset = find_restored_asset(next.definition.asset);
  if (!asset)
    return wrong_account(next, "has an unknown asset");
  if (!add_if_new(next.definition, *asset, next.opened_at))
    return wrong_account(next, "is there twice");
  balances_.restore(n, next.balance, next.updated_seq);
  if (next.changed_at != event_seq{})
    lifecycles_.settle(n, {next.closed, next.changed_at});
  balances_.set_closed(n, next.closed);
  if (auto ok = add_to_sums(next, *asset); !ok)
    return ok;
  durable_.accounts = sealed_.accounts = staged_.accounts = chart_->accounts();
  return --restoring_.accounts_missing == 0 ? check_sums() : result<void>{};
}

/// Most accounts have the asset of the one before.
std::optional<asset_no> book_machine::find_restored_asset(std::string_view id) const {
  if (chart_->accounts() > 0) {
    account_no last{static_cast<account_no::rep>(chart_->accounts() - 1)};
    if (chart_->asset_of(last).definition.id == id)
      return (*chart_)[last].asset;
  }
  return chart_->find_asset(id);
}

tl::unexpected<error> book_machine::wrong_account(const account_state& x,
                                                  std::string_view why) const {
  return contradiction(durable_.seq, fmt::format("in the snapshot, account \"{}\" {}",
                                                 printable(x.definition.path), why));
}

result<void> book_machine::check(const account_state& x) const {
  auto wrong = [&](std::string_view why) { return wrong_account(x, why); };
  auto& [path, asset, kind, normal_side, min_balance, max_balance] = x.definition;
  if (!normal_side || !is_known(*normal_side))
    return wrong("has no side");
  auto happened = [&](event_seq seq) { return seq > x.opened_at && seq <= durable_.seq; };
  auto n = chart_->accounts();
  auto previous =
      n == 0 ? event_seq{} : (*chart_)[account_no{static_cast<account_no::rep>(n - 1)}].opened_at;
  if (x.opened_at <= previous || x.opened_at > durable_.seq)
    return wrong("is out of order");
  if (x.updated_seq == event_seq{} ? !x.balance.is_zero() : !happened(x.updated_seq))
    return wrong("was not touched when it says");
  if (x.changed_at == event_seq{} ? x.closed : !happened(x.changed_at))
    return wrong("was not closed or reopened when it says");
  auto is_bounded = x.updated_seq != event_seq{};
  if (is_bounded &&
      ((min_balance && x.balance < *min_balance) || (max_balance && x.balance > *max_balance)))
    return wrong("is past its limits");
  return {};
}

/// An account stands nowhere beyond what was turned over in its asset.
result<void> book_machine::add_to_sums(const account_state& x, asset_no asset) {
  auto is_debit = x.balance.is_negative() != (*x.definition.normal_side == side::debit);
  auto magnitude = x.balance.is_negative() ? -x.balance : x.balance;
  auto& sums = restoring_.balances[asset.value()];
  auto& limits = balances_.turnover_of(asset);
  auto& sum = is_debit ? sums.debit : sums.credit;
  if (add_to(sum, magnitude) && sum <= (is_debit ? limits.debit : limits.credit))
    return {};
  return contradiction(durable_.seq, "the snapshot's balances are larger than its turnovers");
}

result<void> book_machine::check_sums() const {
  for (auto& sums : restoring_.balances)
    if (sums.debit != sums.credit)
      return contradiction(durable_.seq, "the snapshot's balances do not balance");
  return {};
}

} // namespace daybook::ledger
