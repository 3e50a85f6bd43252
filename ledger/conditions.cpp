// The part of the book machine that judges what a write insists on: against the staged state.

#include "ledger/book_machine.hpp"
#include "ledger/refusal.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace daybook::ledger {

namespace {

std::string text(event_seq x) { return std::to_string(x.value()); }

} // namespace

result<void> book_machine::check(std::span<const condition> conditions) const {
  for (auto& x : conditions)
    if (auto ok = std::visit([this](auto& y) { return check(y); }, x); !ok)
      return ok;
  return {};
}

result<void> book_machine::check(const account_version& x) const {
  auto n = find_staged(x.account);
  if (!n)
    return fail(std::move(n.error()));
  auto found = balances_.staged(*n).updated_seq;
  if (found == x.updated_seq)
    return {};
  return fail(condition_failed({"account_version", x.account, text(x.updated_seq), text(found)}));
}

result<void> book_machine::check(const book_version& x) const {
  if (staged_.seq == x.seq)
    return {};
  return fail(condition_failed({"book_version", {}, text(x.seq), text(staged_.seq)}));
}

result<void> book_machine::check(const balance_at_least& x) const {
  return check_balance("balance_at_least", x.account, x.value, std::greater_equal{});
}

result<void> book_machine::check(const balance_at_most& x) const {
  return check_balance("balance_at_most", x.account, x.value, std::less_equal{});
}

template <class Holds>
result<void> book_machine::check_balance(std::string_view condition, std::string_view account,
                                         amount bound, Holds holds) const {
  auto n = find_staged(account);
  if (!n)
    return fail(std::move(n.error()));
  auto found = balances_.staged(*n).value;
  if (holds(found, bound))
    return {};
  auto precision = chart_->asset_of(*n).definition.precision;
  return fail(condition_failed(
      {condition, account, to_decimal(bound, precision), to_decimal(found, precision)}));
}

} // namespace daybook::ledger
