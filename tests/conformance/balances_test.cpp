#include "tests/conformance/conformance.hpp"

// Balances now and then.

namespace daybook::test {

namespace {

using ledger::amount;

DAYBOOK_CASE("a balance as of an event is the balance that event left", "[I7]") {
  auto book = here.prepared();
  auto receipts = sell(book, "k", 60);
  for (auto& receipt : receipts) {
    auto view = must(book.balance(cash, after(receipt.id.seq)));
    auto expected = static_cast<std::int64_t>(receipt.id.seq.value() - 4);
    REQUIRE(view.balance == amount{expected});
    REQUIRE(view.updated_seq == receipt.id.seq);
  }
  CHECK(balance_of(book, bank, after(event_seq{40})) == 0);
}

DAYBOOK_CASE("several balances are those after one event, in the order asked for", "[I7]") {
  auto book = here.prepared();
  must(book.commit(sale("k", 7)));
  auto page = must(book.balances({sales, cash, bank, cash}));
  CHECK(page.at == event_seq{5});
  REQUIRE(page.items.size() == 4);
  for (std::size_t i = 0; auto& path : std::vector<std::string>{sales, cash, bank, cash})
    CHECK(page.items[i++].definition.path == path);
  CHECK(page.items[0].balance == amount{7});
  CHECK(page.items[1].balance == amount{7});
  CHECK(page.items[2].balance.is_zero());
  CHECK(must(book.balances({})).items.empty());
  CHECK(refused(book.balances({cash, "assets:none"}), ec::unknown_account).get("account") ==
        "assets:none");
  refused(book.balances(std::vector<std::string>(actors::page_items_max + 1, cash)),
          ec::limit_exceeded);
}

DAYBOOK_CASE("a balance as of a time is the balance of the last commit by then", "[I4]") {
  auto& time = here.clock_by_hand();
  auto book = here.prepared();
  for (int i = 1; i <= 5; ++i) {
    time.set(1'000'000 + i * 1'000);
    must(book.commit(sale("k" + std::to_string(i), 10)));
  }
  CHECK(balance_of(book, cash, at_time(timestamp{1'000'999})) == 0);
  CHECK(balance_of(book, cash, at_time(timestamp{1'001'000})) == 10);
  CHECK(balance_of(book, cash, at_time(timestamp{1'003'500})) == 30);
  CHECK(balance_of(book, cash, at_time(timestamp{9'000'000})) == 50);
}

DAYBOOK_CASE("before its opening an account is unknown, and after it has nothing", "") {
  auto book = here.prepared();
  sell(book, "k", 3);
  auto opened = must(book.open_account(account("assets:late"))).id.seq;
  refused(book.balance("assets:late", after(event_seq{opened.value() - 1})), ec::unknown_account);
  auto view = must(book.balance("assets:late", after(opened)));
  CHECK(view.balance == amount{0});
  CHECK(view.updated_seq == event_seq{0});
  refused(book.balance("assets:late", at_time(timestamp{1})), ec::unknown_account);
  refused(book.balance("assets:none"), ec::unknown_account);
  refused(book.balance("assets:none", after(event_seq{2})), ec::unknown_account);
}

DAYBOOK_CASE("a moment that is yet to come, or is two moments, is refused", "") {
  auto book = here.prepared();
  refused(book.balance(cash, after(event_seq{5})), ec::invalid_argument);
  refused(book.balance(cash, {event_seq{2}, timestamp{1}}), ec::invalid_argument);
  refused(book.trial_balance(after(event_seq{5})), ec::invalid_argument);
  refused(book.trial_balance({event_seq{2}, timestamp{1}}), ec::invalid_argument);
}

DAYBOOK_CASE("debits equal credits in the trial balance, per asset, now and then", "[I6]") {
  auto book = here.prepared();
  must(book.register_asset(asset("EUR", 3)));
  auto euro = account("assets:euro");
  euro.asset = "EUR";
  must(book.open_account(euro));
  euro.path = "equity:euro";
  euro.kind = ledger::account_kind::equity;
  must(book.open_account(euro));
  must(book.commit(sale("a", 70)));
  must(book.commit(transfer("b", bank, cash, 30)));
  auto third = transfer("c", "assets:euro", "equity:euro", 5);
  for (auto& posting : third.postings)
    posting.asset = "EUR";
  auto last = must(book.commit(third));
  auto now = must(book.trial_balance());
  REQUIRE(now.size() == 2);
  CHECK(now[0].asset == "CZK");
  CHECK(now[0].debit_turnover == amount{100});
  CHECK(now[0].credit_turnover == amount{100});
  CHECK(now[0].debit_balances == amount{70});
  CHECK(now[0].credit_balances == amount{70});
  CHECK(now[1].asset == "EUR");
  CHECK(now[1].precision == 3);
  CHECK(now[1].debit_balances == amount{5});
  auto then = must(book.trial_balance(after(event_seq{last.id.seq.value() - 2})));
  REQUIRE(then.size() == 2);
  CHECK(then[0].debit_turnover == amount{70});
  CHECK(then[0].debit_balances == amount{70});
  CHECK(then[1].debit_turnover == amount{0});
  auto early = must(book.trial_balance(after(event_seq{3})));
  REQUIRE(early.size() == 1);
  CHECK(early[0].credit_balances == amount{0});
}

DAYBOOK_CASE("the past does not change with time, restarts, or the loss of the index", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 120);
  auto ask = [](const book_client& x) {
    std::vector<amount> found;
    for (std::uint64_t seq = 4; seq <= 124; seq += 10) {
      found.push_back(must(x.balance(cash, after(event_seq{seq}))).balance);
      found.push_back(must(x.trial_balance(after(event_seq{seq})))[0].debit_turnover);
    }
    return found;
  };
  auto before = ask(book);
  sell(book, "later", 50);
  CHECK(ask(book) == before);
  here.restart();
  CHECK(ask(here.book()) == before);
  here.options.index = false;
  here.restart();
  CHECK(ask(here.book()) == before);
}

} // namespace

} // namespace daybook::test
