#pragma once

#include "tests/conformance/conformance.hpp"

#include <algorithm>
#include <vector>

namespace daybook::test {

/// All that a reader can know of a book.
struct picture {
  std::vector<actors::recorded_event> events;
  std::vector<actors::account_view> accounts;
  std::vector<ledger::asset_definition> assets;
  std::vector<actors::trial_balance_view> sums;
};

inline bool are_same(const actors::account_view& x, const actors::account_view& y) {
  return x.definition == y.definition && x.precision == y.precision && x.balance == y.balance &&
         x.updated_seq == y.updated_seq && x.number == y.number && x.closed == y.closed;
}

inline bool add_up_alike(const actors::trial_balance_view& x, const actors::trial_balance_view& y) {
  return x.asset == y.asset && x.debit_turnover == y.debit_turnover &&
         x.credit_turnover == y.credit_turnover && x.debit_balances == y.debit_balances &&
         x.credit_balances == y.credit_balances;
}

inline picture picture_of(const book_client& book) {
  picture x;
  x.events = all_events(book);
  x.accounts = must(book.accounts());
  x.assets = must(book.assets());
  x.sums = must(book.trial_balance());
  return x;
}

inline void check_same(const picture& now, const picture& before) {
  CHECK(std::ranges::equal(now.accounts, before.accounts, are_same));
  CHECK(std::ranges::equal(now.sums, before.sums, add_up_alike));
  CHECK(now.assets == before.assets);
  REQUIRE(now.events.size() == before.events.size());
  for (std::size_t i = 0; i < now.events.size(); ++i) {
    REQUIRE(now.events[i].receipt == before.events[i].receipt);
    REQUIRE(now.events[i].content == before.events[i].content);
    REQUIRE(now.events[i].joined == before.events[i].joined);
  }
}

} // namespace daybook::test
