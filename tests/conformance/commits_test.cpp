#include "tests/conformance/conformance.hpp"

#include <thread>

// One write at a time: what it moves, what refuses it, and what its receipt says.

namespace daybook::test {

namespace {

using ledger::amount;

DAYBOOK_CASE("a receipt says what was written, when, and what the accounts then held", "[I1]") {
  auto book = here.prepared();
  auto first = must(book.commit(sale("a", 500)));
  CHECK(first.id.seq == event_seq{5});
  CHECK_FALSE(first.deduplicated);
  CHECK(first.committed_at > timestamp{});
  CHECK(first.chain != chain_hash{});
  CHECK(first.epoch == must(book.status()).epoch);
  auto number = [&](const std::string& path) { return must(book.balance(path)).number; };
  CHECK(first.balances == std::vector<ledger::account_balance>{{number(cash), amount{500}},
                                                               {number(sales), amount{500}}});
  auto second = must(book.commit(transfer("b", bank, cash, 200)));
  CHECK(second.id.seq == event_seq{6});
  CHECK(second.chain != first.chain);
  CHECK(second.balances == std::vector<ledger::account_balance>{{number(bank), amount{200}},
                                                                {number(cash), amount{300}}});
}

DAYBOOK_CASE("a commit moves balances at once, and its writer reads them", "[I7]") {
  auto book = here.prepared();
  for (int i = 1; i <= 20; ++i) {
    auto receipt = must(book.commit(sale("k" + std::to_string(i), 3)));
    auto view = must(book.balance(cash));
    REQUIRE(view.balance == amount{3 * i});
    REQUIRE(view.updated_seq == receipt.id.seq);
  }
}

DAYBOOK_CASE("the same account may stand in several postings", "[I6]") {
  auto book = here.prepared();
  auto x = sale("k", 10);
  x.postings.push_back({cash, amount{4}, "", ledger::side::credit});
  x.postings.push_back({bank, amount{4}, "", ledger::side::debit});
  auto receipt = must(book.commit(x));
  CHECK(receipt.balances.size() == 3);
  CHECK(balance_of(book, cash) == 6);
  CHECK(balance_of(book, bank) == 4);
}

DAYBOOK_CASE("what the rules refuse changes nothing and takes no number", "[I3][I6]") {
  auto book = here.prepared();
  must(book.register_asset(asset("EUR")));
  auto unknown = refused(book.commit(transfer("a", "assets:none", cash, 1)), ec::unknown_account);
  CHECK(unknown.get("account") == "assets:none");
  auto mismatch = sale("b");
  mismatch.postings[0].asset = "EUR";
  CHECK(refused(book.commit(mismatch), ec::asset_mismatch).get("account_asset") == "CZK");
  auto stranger = sale("c");
  stranger.postings[0].asset = "XXX";
  refused(book.commit(stranger), ec::unknown_asset);
  auto lopsided = sale("d", 5);
  lopsided.postings[1].value = amount{4};
  auto unbalanced = refused(book.commit(lopsided), ec::unbalanced);
  CHECK(unbalanced.get("debit") == "0.05");
  CHECK(unbalanced.get("credit") == "0.04");
  refused(book.commit(sale("e", 0)), ec::invalid_amount);
  refused(book.commit(sale("f", -1)), ec::invalid_amount);
  ledger::transaction empty;
  empty.key = "g";
  refused(book.commit(empty), ec::invalid_argument);
  CHECK(balance_of(book, cash) == 0);
  CHECK(must(book.commit(sale("a"))).id.seq == event_seq{6});
}

DAYBOOK_CASE("no account passes its bounds, which are measured on its normal side", "[I6]") {
  auto book = here.prepared();
  auto wallet = floored("assets:wallet", 0);
  wallet.max_balance = amount{100};
  must(book.open_account(wallet));
  must(book.open_account(floored("liabilities:customer", 0, ledger::account_kind::liability)));
  must(book.commit(transfer("fill", "assets:wallet", sales, 100)));
  auto over = refused(book.commit(transfer("more", "assets:wallet", sales, 1)), ec::limit_exceeded);
  CHECK(over.get("what") == "max_balance");
  CHECK(over.get("limit") == "1.00");
  CHECK(over.get("would_be") == "1.01");
  auto under = refused(book.commit(transfer("x", cash, "assets:wallet", 101)), ec::limit_exceeded);
  CHECK(under.get("account") == "assets:wallet");
  CHECK(under.get("what") == "min_balance");
  must(book.commit(transfer("deposit", cash, "liabilities:customer", 50)));
  refused(book.commit(transfer("too much", "liabilities:customer", cash, 51)), ec::limit_exceeded);
  must(book.commit(transfer("all of it", "liabilities:customer", cash, 50)));
  CHECK(balance_of(book, "liabilities:customer") == 0);
  CHECK(balance_of(book, "assets:wallet") == 100);
}

DAYBOOK_CASE("amounts beyond 64 bits are exact, and beyond 128 refused", "[I6]") {
  auto book = here.prepared();
  auto huge = sale("k");
  for (auto& x : huge.postings)
    x.value = amount::max();
  must(book.commit(huge));
  CHECK(must(book.balance(cash)).balance == amount::max());
  refused(book.commit(sale("over")), ec::overflow);
  here.restart();
  CHECK(must(here.book().balance(cash)).balance == amount::max());
}

DAYBOOK_CASE("numbers run without holes while many threads are refused, repeat and succeed",
             "[I3][I5]") {
  auto book = here.prepared();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        auto own = std::to_string(t) + "-" + std::to_string(i);
        (void)book.commit(sale(own));
        (void)book.commit(sale("shared-" + std::to_string(i)));
        (void)book.commit(transfer(own + "!", "assets:none", cash, 1));
      }
    });
  for (auto& thread : threads)
    thread.join();
  auto events = all_events(book);
  REQUIRE(events.size() == 4 + 4 * 50 + 50);
  for (std::size_t i = 0; i < events.size(); ++i)
    REQUIRE(events[i].receipt.id.seq == event_seq{i + 1});
  CHECK(balance_of(book, cash) == 250);
}

DAYBOOK_CASE("writers of different books all succeed", "[I12]") {
  std::vector<std::thread> threads;
  std::vector<std::int64_t> found(4);
  for (std::size_t t = 0; t < found.size(); ++t)
    threads.emplace_back([&, t, node = here.node()] {
      auto book = node.book("book" + std::to_string(t));
      if (!book)
        return;
      (void)book->register_asset(asset());
      (void)book->open_account(account(cash));
      (void)book->open_account(account(sales, ledger::account_kind::income));
      for (int i = 0; i < 50; ++i)
        if (auto receipt = book->commit(sale("k" + std::to_string(i))))
          ++found[t];
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(found == std::vector<std::int64_t>{50, 50, 50, 50});
  CHECK(must(here.node().books()).size() == 4);
}

DAYBOOK_CASE("commit times never run backwards, whatever the clock does", "[I4]") {
  auto& time = here.clock_by_hand();
  time.set(2'000'000);
  auto book = here.prepared();
  auto first = must(book.commit(sale("a")));
  CHECK(first.committed_at == timestamp{2'000'000});
  time.set(1'000'000);
  auto second = must(book.commit(sale("b")));
  CHECK(second.committed_at == timestamp{2'000'000});
  here.restart();
  book = here.book();
  CHECK(must(book.commit(sale("c"))).committed_at >= second.committed_at);
  time.set(3'000'000);
  CHECK(must(book.commit(sale("d"))).committed_at == timestamp{3'000'000});
  auto events = all_events(book);
  for (std::size_t i = 1; i < events.size(); ++i)
    CHECK(events[i - 1].receipt.committed_at <= events[i].receipt.committed_at);
}

DAYBOOK_CASE("a failed sync leaves the outcome open, and the next incarnation tells it",
             "[I1][I2]") {
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  must(book.commit(sale("before")));
  disk.set({.what = operation::sync});
  // Whether it is there or not: the client asks the next incarnation.
  must(book.commit(sale("caught")));
  auto retried = must(book.commit(sale("caught")));
  CHECK(must(book.commit(sale("caught"))).id == retried.id);
  must(book.commit(sale("after")));
  CHECK(balance_of(book, cash) == 3);
  CHECK(all_events(book).size() == 7);
}

DAYBOOK_CASE("a writer that dies is replaced by its supervisor", "[I10]") {
  auto book = here.prepared();
  auto before = must(book.commit(sale("before")));
  kill(book);
  book = here.reopened();
  CHECK(is_repeat_of(must(book.commit(sale("before"))), before));
  auto next = must(book.commit(sale("after")));
  CHECK(next.epoch > before.epoch);
  CHECK(next.id.seq == before.id.seq.next());
}

} // namespace

} // namespace daybook::test
