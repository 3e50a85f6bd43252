#include "actors/reads/running_balances.hpp"

#include <optional>
#include <string>

namespace daybook::actors {

namespace {

tl::unexpected<error> out_of_range(const char* what, std::uint32_t number) {
  return fail(ec::corrupt,
              std::string{"the log takes the "} + what + " " + std::to_string(number) +
                  " out of the range of amounts",
              {{what, std::to_string(number)}});
}

bool move(ledger::amount& to, std::optional<ledger::amount> moved) {
  if (moved)
    to = *moved;
  return moved.has_value();
}

/// The sum that an account with this balance, debits positive, is part of.
ledger::amount& side_of(asset_sums& sums, ledger::amount balance) {
  return balance.is_negative() ? sums.credit_balances : sums.debit_balances;
}

ledger::amount magnitude(ledger::amount x) { return x.is_negative() ? -x : x; }

} // namespace

running_balances::start running_balances::nothing() {
  return {[](account_no) -> result<ledger::amount> { return ledger::amount{}; },
          [](asset_no) -> result<asset_sums> { return asset_sums{}; }};
}

result<void> running_balances::apply(const ledger::transaction_posted& x) {
  touched_.clear();
  touched_rows_.clear();
  for (auto& entry : x.entries)
    if (auto added = add(entry); !added)
      return added;
  for (std::size_t i = 0; i < touched_.size(); ++i)
    if (auto settled = settle(touched_[i], rows_[touched_rows_[i]]); !settled)
      return settled;
  return {};
}

result<ledger::amount> running_balances::balance_of(account_no n) {
  return row_of(n).map([this](auto row) { return rows_[row].balance; });
}

result<asset_sums> running_balances::sums_of(asset_no n) {
  return sums_row_of(n).map([](auto* row) { return *row; });
}

result<std::uint32_t> running_balances::row_of(account_no n) {
  if (auto known = row_numbers_.find(n); known != row_numbers_.end())
    return known->second;
  auto before = before_.balance(n);
  if (!before)
    return fail(std::move(before.error()));
  auto next = static_cast<std::uint32_t>(rows_.size());
  rows_.push_back({*before, 0, 0});
  row_numbers_.emplace(n, next);
  return next;
}

result<asset_sums*> running_balances::sums_row_of(asset_no n) {
  if (auto known = assets_.find(n); known != assets_.end())
    return &known->second;
  auto before = before_.sums(n);
  if (!before)
    return fail(std::move(before.error()));
  return &(assets_[n] = *before);
}

result<void> running_balances::add(const ledger::posted_entry& x) {
  auto number = row_of(x.account);
  if (!number)
    return fail(std::move(number.error()));
  auto& row = rows_[*number];
  if (row.slot >= touched_.size() || touched_[row.slot] != x.account) {
    row.slot = static_cast<std::uint32_t>(touched_.size());
    row.net = 0;
    touched_.push_back(x.account);
    touched_rows_.push_back(*number);
  }
  // Modular, because only the balance after the whole transaction is known to be an amount.
  auto change = static_cast<ledger::uint128>(x.value.value());
  auto grows = x.direction == (*names_)[x.account].normal_side;
  row.net += grows ? change : -change;
  return turn_over(x);
}

result<void> running_balances::turn_over(const ledger::posted_entry& x) {
  if (!before_.sums)
    return {};
  auto asset = (*names_)[x.account].asset;
  auto sums = sums_row_of(asset);
  if (!sums)
    return fail(std::move(sums.error()));
  auto& turnover =
      x.direction == ledger::side::debit ? (*sums)->debit_turnover : (*sums)->credit_turnover;
  if (!move(turnover, checked_add(turnover, x.value)))
    return out_of_range("asset", asset.value());
  return {};
}

result<void> running_balances::settle(account_no n, account_row& row) {
  auto before = row.balance;
  auto after = ledger::amount::from_int128(
      static_cast<ledger::int128>(static_cast<ledger::uint128>(before.value()) + row.net));
  if (!after)
    return out_of_range("account", n.value());
  row.balance = *after;
  return before_.sums ? stand(n, before, *after) : result<void>{};
}

/// Moves an account from where it stood in the sums to where it stands. What it leaves goes first,
/// so that no sum is ever more than the turnover.
result<void> running_balances::stand(account_no n, ledger::amount before, ledger::amount after) {
  auto& account = (*names_)[n];
  if (account.normal_side == ledger::side::credit) {
    before = -before;
    after = -after;
  }
  auto sums = sums_row_of(account.asset);
  if (!sums)
    return fail(std::move(sums.error()));
  auto& left = side_of(**sums, before);
  auto& entered = side_of(**sums, after);
  if (!move(left, checked_subtract(left, magnitude(before))) ||
      !move(entered, checked_add(entered, magnitude(after))))
    return out_of_range("asset", account.asset.value());
  return {};
}

} // namespace daybook::actors
