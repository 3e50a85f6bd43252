#include "tests/conformance/conformance.hpp"

// What a write would do, without writing it.

namespace daybook::test {

namespace {

using items = std::vector<ledger::write>;
using outcomes = std::vector<book_client::write_result>;

/// A rehearsal knows everything but the moment of the commit and the chain.
void check_foretold(const outcomes& foretold, const outcomes& came) {
  REQUIRE(foretold.size() == came.size());
  for (std::size_t i = 0; i < came.size(); ++i) {
    INFO("item " << i);
    REQUIRE(foretold[i].has_value() == came[i].has_value());
    if (!came[i]) {
      CHECK(foretold[i].error() == came[i].error());
      continue;
    }
    CHECK(foretold[i]->id == came[i]->id);
    CHECK(foretold[i]->epoch == came[i]->epoch);
    CHECK(foretold[i]->deduplicated == came[i]->deduplicated);
    CHECK(foretold[i]->balances == came[i]->balances);
  }
}

items mixed() {
  return {
      asked(sale("a", 5)),
      asked(transfer("b", bank, cash, 3)),
      asked(transfer("bad", bank, "assets:none", 3)),
      asked(sale("a", 5)),
      asked(sale("known", 1)),
      asked(asset("EUR")),
      asked(sale("c"), {ledger::balance_at_least{cash, ledger::amount{1'000}}}),
  };
}

DAYBOOK_CASE("a rehearsal answers as the commit that follows, balances included", "[I6]") {
  auto book = here.prepared();
  must(book.commit(sale("known", 1)));
  auto foretold = must(book.rehearse(mixed()));
  check_foretold(foretold, must(book.commit_batch(mixed())));
}

DAYBOOK_CASE("a rehearsed transaction takes back one before it in the message, as the commit does",
             "[I5][I6]") {
  auto book = here.prepared();
  auto next = must(book.frontier()).durable.next();
  auto back = [](std::string key, event_seq of, std::int64_t value = 5) {
    auto x = transfer(std::move(key), sales, cash, value);
    std::swap(x.postings[0], x.postings[1]); // in the order of the original
    x.reverses = of;
    return x;
  };
  items batch{asked(sale("a", 5)),
              asked(back("back", next)),
              asked(back("again", next)),
              asked(sale("b", 5)),
              asked(back("wrong", event_seq{next.value() + 2}, 4)),
              asked(back("too early", event_seq{next.value() + 9}))};
  auto foretold = must(book.rehearse(batch));
  auto came = must(book.commit_batch(batch));
  check_foretold(foretold, came);
  CHECK(came[1]);
  refused(came[2], ec::already_reversed);
  refused(came[4], ec::invalid_argument);
  refused(came[5], ec::not_found);
  CHECK(balance_of(book, cash) == 5);
  for (auto& again : must(book.commit_batch({batch[0], batch[1], batch[3]})))
    CHECK(must(again).deduplicated);
}

DAYBOOK_CASE("a rehearsal writes nothing", "[I3]") {
  auto book = here.prepared();
  auto before = must(book.trial_balance());
  for (int i = 0; i < 10; ++i)
    must(book.rehearse(mixed()));
  auto now = must(book.frontier());
  CHECK(now.accepted == event_seq{4});
  CHECK(now.durable == event_seq{4});
  CHECK(balance_of(book, cash) == 0);
  CHECK(must(book.assets()).size() == 1);
  refused(book.transaction_by_key("a"), ec::not_found);
  CHECK_FALSE(must(book.commit(sale("a", 6))).deduplicated);
  CHECK(must(book.trial_balance()).size() == before.size());
}

DAYBOOK_CASE("a rehearsed atomic batch answers as the commit that follows", "[I6]") {
  auto book = here.prepared();
  items batch{asked(account("assets:new")), asked(transfer("a", "assets:new", sales, 5)),
              caused_by(1, transfer("b", cash, "assets:new", 5))};
  auto foretold = must(book.rehearse(batch, true));
  auto came = must(book.commit_atomic(batch));
  check_foretold(foretold, {came.begin(), came.end()});
  check_foretold(must(book.rehearse(batch, true)), must(book.rehearse(batch, true)));
  for (auto& again : must(book.rehearse(batch, true)))
    CHECK(must(again).deduplicated);
}

DAYBOOK_CASE("a rehearsed atomic batch is refused as the commit would be", "[I6]") {
  auto book = here.prepared();
  items batch{asked(sale("a")), asked(transfer("bad", cash, "assets:none", 1))};
  auto foretold = book.rehearse(batch, true);
  auto came = book.commit_atomic(batch);
  REQUIRE_FALSE(foretold);
  REQUIRE_FALSE(came);
  CHECK(foretold.error() == came.error());
  CHECK(came.error().get("item") == "1");
}

DAYBOOK_CASE(
    "rehearsed reversals, closings and reopenings answer as the writes do, and touch no file",
    "[I6]") {
  here.options.snapshot_events = 0;
  auto book = here.prepared();
  auto first = must(book.commit(sale("first", 5))).id.seq;
  auto second = must(book.commit(transfer("second", bank, sales, 3))).id.seq;
  must(book.reverse(reversal_of(first, "known")));
  items mixed{
      asked(reversal_of(first, "known")),
      asked(reversal_of(first, "again")),
      asked(ledger::account_closing{bank}),
      asked(reversal_of(second, "r")),
      asked(reversal_of(second, "r")),
      asked(reversal_of(second, "r2")),
      asked(ledger::account_closing{bank}),
      asked(ledger::account_closing{bank}),
      asked(transfer("closed", bank, sales, 1)),
      asked(reversal_of(event_seq{99}, "none")),
      asked(ledger::account_reopening{bank}),
      asked(ledger::account_reopening{cash}),
      asked(transfer("open", bank, sales, 1)),
      asked(ledger::account_closing{bank, true}),
      asked(ledger::account_closing{"assets:none"}),
  };
  auto before = files_below(here.book_directory());
  auto foretold = must(book.rehearse(mixed));
  CHECK(files_below(here.book_directory()) == before);
  auto came = must(book.commit_batch(mixed));
  check_foretold(foretold, came);
  CHECK(files_below(here.book_directory()) != before);
  // What was to be seen: both of each kind.
  CHECK(must(came[0]).deduplicated);
  refused(came[1], ec::already_reversed);
  refused(came[2], ec::condition_failed);
  CHECK_FALSE(must(came[3]).deduplicated);
  CHECK(must(came[4]).deduplicated);
  refused(came[5], ec::already_reversed);
  CHECK_FALSE(must(came[6]).deduplicated);
  CHECK(must(came[7]).deduplicated);
  refused(came[8], ec::account_closed);
  refused(came[9], ec::not_found);
  CHECK_FALSE(must(came[10]).deduplicated);
  CHECK(must(came[11]).deduplicated);
  CHECK_FALSE(must(came[13]).deduplicated);
  refused(came[14], ec::unknown_account);
}

DAYBOOK_CASE("rehearsed atomic reversals and closings answer as the writes do, and touch no file",
             "[I6]") {
  here.options.snapshot_events = 0;
  auto book = here.prepared();
  auto first = must(book.commit(transfer("first", bank, sales, 5))).id.seq;
  items good{asked(reversal_of(first, "r")), asked(ledger::account_closing{bank}),
             caused_by(0, ledger::account_reopening{bank})};
  auto bad = good;
  bad.insert(bad.begin() + 2, asked(transfer("closed", bank, sales, 1)));
  auto before = files_below(here.book_directory());
  auto refusal = refused(book.rehearse(bad, true), ec::account_closed);
  auto foretold = must(book.rehearse(good, true));
  CHECK(files_below(here.book_directory()) == before);
  CHECK(refused(book.commit_atomic(bad), ec::account_closed) == refusal);
  auto came = must(book.commit_atomic(good));
  check_foretold(foretold, {came.begin(), came.end()});
  CHECK(balance_of(book, bank) == 0);
  CHECK(all_events(book).size() == 8);
}

DAYBOOK_CASE("a rehearsal knows keys that left memory", "[I5]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 60);
  auto foretold = must(book.rehearse({asked(sale("k3")), asked(sale("k3", 2))}));
  CHECK(is_repeat_of(must(foretold[0]), first[3]));
  refused(foretold[1], ec::idempotency_conflict);
}

DAYBOOK_CASE("a rehearsal's time of commit is never before the last commit", "[I4]") {
  auto& clock = here.clock_by_hand();
  auto book = here.prepared();
  clock.set(5'000'000);
  auto last = must(book.commit(sale("k"))).committed_at;
  CHECK(last == timestamp{5'000'000});
  clock.set(2'000'000); // somebody has set it back
  CHECK(must(must(book.rehearse({asked(sale("l"))}))[0]).committed_at == last);
  CHECK(must(book.commit(sale("l"))).committed_at == last);
  clock.set(7'000'000);
  CHECK(must(must(book.rehearse({asked(sale("m"))}))[0]).committed_at == timestamp{7'000'000});
}

DAYBOOK_CASE("a rehearsed batch has as much room as the commit that follows", "[I12]") {
  here.options.batch.bytes_max = 400;
  auto book = here.prepared();
  items many;
  for (int i = 0; i < 20; ++i)
    many.push_back(asked(sale("key-of-some-length-" + std::to_string(i))));
  auto foretold = must(book.rehearse(many));
  auto came = must(book.commit_batch(many));
  check_foretold(foretold, came);
  CHECK(came.front());
  refused(came.back(), ec::overloaded);
}

} // namespace

} // namespace daybook::test
