#include "actors/client_fence.hpp"
#include "tests/conformance/conformance.hpp"

// Writes that insist on something.

namespace daybook::test {

namespace {

using ledger::account_version;
using ledger::amount;
using ledger::balance_at_least;
using ledger::balance_at_most;
using ledger::book_version;

DAYBOOK_CASE("a write that expects the account's version is refused when somebody was faster", "") {
  auto book = here.prepared();
  must(book.commit(asked(sale("first"), {account_version{cash, event_seq{0}}})));
  must(book.commit(asked(sale("second"), {account_version{cash, event_seq{5}}})));
  auto error = refused(book.commit(asked(sale("late"), {account_version{cash, event_seq{5}}})),
                       ec::condition_failed);
  CHECK(error.get("condition") == "account_version");
  CHECK(error.get("account") == cash);
  CHECK(error.get("expected") == "5");
  CHECK(error.get("found") == "6");
  CHECK(durable_of(book) == event_seq{6});
  CHECK(balance_of(book, cash) == 2);
}

DAYBOOK_CASE("a write that expects the book's version is refused when anything was written", "") {
  auto book = here.prepared();
  must(book.commit(asked(sale("first"), {book_version{event_seq{4}}})));
  auto error =
      refused(book.commit(asked(sale("late"), {book_version{event_seq{4}}})), ec::condition_failed);
  CHECK(error.get("condition") == "book_version");
  CHECK(error.get("expected") == "4");
  CHECK(error.get("found") == "5");
  refused(book.commit(asked(asset("EUR"), {book_version{event_seq{4}}})), ec::condition_failed);
  must(book.commit(asked(asset("EUR"), {book_version{event_seq{5}}})));
}

DAYBOOK_CASE("a write may insist on balances from below and from above", "") {
  auto book = here.prepared();
  must(book.commit(sale("fill", 500)));
  must(book.commit(asked(
      sale("a"), {balance_at_least{cash, amount{500}}, balance_at_most{sales, amount{500}}})));
  auto low = refused(book.commit(asked(sale("b"), {balance_at_least{cash, amount{502}}})),
                     ec::condition_failed);
  CHECK(low.get("condition") == "balance_at_least");
  CHECK(low.get("expected") == "5.02");
  CHECK(low.get("found") == "5.01");
  auto high = refused(book.commit(asked(sale("c"), {balance_at_least{cash, amount{501}},
                                                    balance_at_most{sales, amount{500}}})),
                      ec::condition_failed);
  CHECK(high.get("condition") == "balance_at_most");
  CHECK(high.get("account") == sales);
  CHECK(balance_of(book, cash) == 501);
}

DAYBOOK_CASE("a condition on an unknown account is refused and nothing is written", "") {
  auto book = here.prepared();
  for (auto& condition : std::vector<ledger::condition>{
           account_version{"assets:none", event_seq{0}}, balance_at_least{"assets:none", amount{0}},
           balance_at_most{"assets:none", amount{0}}}) {
    auto error = refused(book.commit(asked(sale("k"), {condition})), ec::unknown_account);
    CHECK(error.get("account") == "assets:none");
  }
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("a repeat is answered before its conditions are looked at", "[I5]") {
  auto book = here.prepared();
  auto once = asked(sale("k"), {book_version{event_seq{4}}});
  auto first = must(book.commit(once));
  CHECK(is_repeat_of(must(book.commit(once)), first));
}

DAYBOOK_CASE("conditions see the writes before them in the same message", "") {
  auto book = here.prepared();
  auto outcomes = must(book.commit_batch({
      asked(sale("a", 5)),
      asked(sale("b", 5), {balance_at_most{cash, amount{0}}}),
      asked(sale("c", 5), {balance_at_least{cash, amount{5}}, book_version{event_seq{5}}}),
  }));
  CHECK(outcomes[0]);
  refused(outcomes[1], ec::condition_failed);
  CHECK(outcomes[2]);
}

DAYBOOK_CASE("a condition that fails in an atomic batch refuses all of it", "") {
  auto book = here.prepared();
  auto error = refused(book.commit_atomic({asked(sale("a", 5)),
                                           asked(sale("b"), {balance_at_most{cash, amount{4}}})}),
                       ec::condition_failed);
  CHECK(error.get("item") == "1");
  CHECK(error.get("found") == "0.05");
  CHECK(durable_of(book) == event_seq{4});
  CHECK(balance_of(book, cash) == 0);
}

DAYBOOK_CASE("of two who expect the same version one succeeds", "") {
  auto book = here.prepared();
  for (std::uint64_t round = 0; round < 20; ++round) {
    event_seq now{4 + round};
    auto x = book.submit(asked(sale("x" + std::to_string(round)), {book_version{now}}));
    auto y = book.submit(asked(sale("y" + std::to_string(round)), {book_version{now}}));
    REQUIRE(x.wait().has_value() != y.wait().has_value());
  }
  CHECK(balance_of(book, cash) == 20);
}

DAYBOOK_CASE("a condition on an unknown account spoils an atomic batch, and one write of a fence",
             "[I3][I6]") {
  auto book = here.prepared();
  auto before = must(book.trial_balance());
  for (auto& condition :
       std::vector<ledger::condition>{ledger::account_version{"assets:none", event_seq{}},
                                      ledger::balance_at_least{"assets:none", ledger::amount{0}},
                                      ledger::balance_at_most{"assets:none", ledger::amount{0}}}) {
    std::vector<ledger::write> items{asked(sale("a")), asked(sale("b"), {condition}),
                                     asked(sale("c"))};
    auto error = refused(book.commit_atomic(items), ec::unknown_account);
    CHECK(error.get("account") == "assets:none");
    CHECK(error.get("item") == "1");
    auto fence = must(book.begin_fence());
    refused(fence.write(items[1]), ec::unknown_account);
    CHECK(refused(fence.submit_atomic(items), ec::unknown_account).get("item") == "1");
    CHECK(must(fence.commit()).empty());
    CHECK(durable_of(book) == event_seq{4});
    CHECK(balance_of(book, cash) == 0);
    for (auto* key : {"a", "b", "c"})
      refused(book.transaction_by_key(key), ec::not_found);
    CHECK(must(book.trial_balance()).size() == before.size());
  }
  // What stands beside it behind a fence is not disturbed.
  auto fence = must(book.begin_fence());
  must(fence.write(asked(sale("a"))));
  refused(fence.write(asked(sale("b"), {ledger::account_version{"assets:none", event_seq{}}})),
          ec::unknown_account);
  CHECK(must(fence.commit()).size() == 1);
  CHECK(durable_of(book) == event_seq{5});
}

} // namespace

} // namespace daybook::test
