// The part of the book machine that readers ask: durable state only [I7].

#include "base/check.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/refusal.hpp"

namespace daybook::ledger {

result<account_no> book_machine::find_account(std::string_view path) const {
  auto n = chart_->find_account(path);
  if (!n || n->value() >= durable_.accounts)
    return fail(unknown_account(path));
  return *n;
}

result<asset_no> book_machine::find_asset(std::string_view id) const {
  auto n = chart_->find_asset(id);
  if (!n || n->value() >= durable_.assets)
    return fail(unknown_asset(id));
  return *n;
}

balance book_machine::balance_of(account_no n) const {
  DAYBOOK_INVARIANT(n.value() < durable_.accounts);
  return balances_.of(n);
}

account_state book_machine::state_of(account_no n) const {
  auto [value, updated_seq] = balance_of(n);
  auto [closed, changed_at] = lifecycles_.durable(n);
  return {chart_->definition_of(n), (*chart_)[n].opened_at, value, updated_seq, closed, changed_at};
}

std::size_t book_machine::accounts() const { return durable_.accounts; }

std::size_t book_machine::assets() const { return durable_.assets; }

std::vector<trial_balance_row> book_machine::trial_balance() const {
  return balances_.trial(durable_.assets, durable_.accounts);
}

book_state_header book_machine::state() const {
  book_state_header x{.book = id_,
                      .epoch = last_of_state_.epoch,
                      .seq = durable_.seq,
                      .chain = last_of_state_.chain,
                      .committed_at = last_of_state_.committed_at,
                      .accounts = durable_.accounts,
                      .assets = {}};
  x.assets.reserve(durable_.assets);
  for (asset_no n; n.value() < durable_.assets; n = n.next()) {
    auto& asset = (*chart_)[n];
    auto& [debit, credit] = balances_.turnover_of(n);
    x.assets.push_back({asset.definition, asset.registered_at, debit, credit});
  }
  return x;
}

const first_use* book_machine::find_key(const hash128& key) const {
  auto* found = keys_.find(key);
  return found && found->seq <= durable_.seq ? found : nullptr;
}

hash128 book_machine::hash_of_key(std::string_view key) const { return keys_.hash_of(key); }

std::size_t book_machine::hot_keys() const { return keys_.size(); }

} // namespace daybook::ledger
