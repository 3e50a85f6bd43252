#include "tests/conformance/conformance.hpp"

// Accounts that take no postings any more.

namespace daybook::test {

namespace {

using ledger::account_closing;
using ledger::account_reopening;

DAYBOOK_CASE("a closed account takes no postings until it is reopened", "[I6]") {
  auto book = here.prepared();
  auto closed = must(book.close_account({bank}));
  CHECK(must(book.balance(bank)).closed);
  auto error = refused(book.commit(transfer("k", bank, sales, 1)), ec::account_closed);
  CHECK(error.get("account") == bank);
  CHECK(error.get("seq") == std::to_string(closed.id.seq.value()));
  refused(book.commit(transfer("k", cash, bank, 1)), ec::account_closed);
  must(book.reopen_account({bank}));
  CHECK_FALSE(must(book.balance(bank)).closed);
  must(book.commit(transfer("k", bank, sales, 1)));
}

DAYBOOK_CASE("an account with a balance is closed only when that is meant", "") {
  auto book = here.prepared();
  must(book.commit(sale("k", 5)));
  auto error = refused(book.close_account({cash}), ec::condition_failed);
  CHECK(error.get("account") == cash);
  CHECK(error.get("found") == "0.05");
  CHECK_FALSE(must(book.balance(cash)).closed);
  must(book.close_account({cash, true}));
  CHECK(must(book.balance(cash)).closed);
  CHECK(balance_of(book, cash) == 5);
}

DAYBOOK_CASE("closing and reopening are events, and doing either again is none", "[I3][I5]") {
  auto book = here.prepared();
  auto closed = must(book.close_account({bank}));
  CHECK(is_repeat_of(must(book.close_account({bank})), closed));
  auto reopened = must(book.reopen_account({bank}));
  CHECK(is_repeat_of(must(book.reopen_account({bank})), reopened));
  auto events = all_events(book);
  REQUIRE(events.size() == 6);
  CHECK(std::get<account_closing>(events[4].content).path == bank);
  CHECK(std::get<account_reopening>(events[5].content).path == bank);
}

DAYBOOK_CASE("closed accounts stay closed over restarts and snapshots", "[I9]") {
  auto book = here.prepared();
  must(book.close_account({bank}));
  here.restart();
  book = here.book();
  refused(book.commit(transfer("k", bank, sales, 1)), ec::account_closed);
  must(book.snapshot());
  here.restart();
  book = here.book();
  refused(book.commit(transfer("k", bank, sales, 1)), ec::account_closed);
  must(book.reopen_account({bank}));
  must(book.snapshot());
  here.crash();
  must(here.book().commit(transfer("k", bank, sales, 1)));
}

DAYBOOK_CASE("a repeat is known although its account has been closed since", "[I5]") {
  auto book = here.prepared();
  auto first = must(book.commit(transfer("k", bank, sales, 1)));
  must(book.close_account({bank, true}));
  CHECK(is_repeat_of(must(book.commit(transfer("k", bank, sales, 1))), first));
  CHECK(must(book.open_account(account(bank))).deduplicated);
}

DAYBOOK_CASE("an account that is not open cannot be closed", "") {
  auto book = here.prepared();
  refused(book.close_account({"assets:none"}), ec::unknown_account);
  refused(book.reopen_account({"assets:none"}), ec::unknown_account);
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("within one batch an account is closed from the closing on", "[I6]") {
  auto book = here.prepared();
  auto outcomes = must(book.commit({transfer("a", bank, sales, 1), transfer("b", cash, bank, 1),
                                    account_closing{bank}, transfer("c", bank, sales, 1),
                                    account_reopening{bank}, transfer("d", bank, sales, 1)}));
  CHECK(outcomes[2]);
  refused(outcomes[3], ec::account_closed);
  CHECK(outcomes[4]);
  CHECK(outcomes[5]);
  auto error = refused(book.commit_atomic({asked(account_closing{bank, true}),
                                           asked(transfer("e", bank, sales, 1))}),
                       ec::account_closed);
  CHECK(error.get("item") == "1");
  must(book.commit(transfer("f", bank, sales, 1)));
}

} // namespace

} // namespace daybook::test
