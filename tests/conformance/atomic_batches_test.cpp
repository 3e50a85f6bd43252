#include "tests/conformance/conformance.hpp"

// All or nothing.

namespace daybook::test {

namespace {

using items = std::vector<ledger::write>;

items three_sales() { return {asked(sale("a", 1)), asked(sale("b", 2)), asked(sale("c", 3))}; }

DAYBOOK_CASE("an atomic batch is one unit: consecutive numbers, one time, one chain", "[I3][I11]") {
  auto book = here.prepared();
  auto receipts = must(book.commit_atomic(three_sales()));
  REQUIRE(receipts.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(receipts[i].id.seq == event_seq{5 + i});
    CHECK(receipts[i].committed_at == receipts[0].committed_at);
    CHECK(receipts[i].chain == receipts[0].chain);
  }
  auto events = all_events(book);
  REQUIRE(events.size() == 7);
  CHECK_FALSE(events[4].joined);
  CHECK(events[5].joined);
  CHECK(events[6].joined);
}

DAYBOOK_CASE("one refused item refuses the whole atomic batch and names the item", "[I3][I6]") {
  auto book = here.prepared();
  auto before = all_events(book).size();
  auto batch = three_sales();
  batch.insert(batch.begin() + 2, asked(transfer("bad", cash, "assets:none", 1)));
  auto error = refused(book.commit_atomic(batch), ec::unknown_account);
  CHECK(error.get("item") == "2");
  CHECK(balance_of(book, cash) == 0);
  CHECK(all_events(book).size() == before);
  CHECK(must(book.commit(sale("a"))).id.seq == event_seq{5});
}

DAYBOOK_CASE("a refused atomic batch takes back what it defined", "[I6]") {
  auto book = here.prepared();
  refused(book.commit_atomic({asked(asset("EUR")), asked(account("assets:new")),
                              asked(transfer("x", "assets:new", sales, 1)), asked(sale("y", 0))}),
          ec::invalid_amount);
  CHECK(must(book.assets()).size() == 1);
  refused(book.balance("assets:new"), ec::unknown_account);
  auto receipt = must(book.open_account(floored("assets:new", 0)));
  CHECK(receipt.id.seq == event_seq{5});
  CHECK_FALSE(receipt.deduplicated);
}

DAYBOOK_CASE("later items of an atomic batch see the earlier ones", "[I6]") {
  auto book = here.prepared();
  auto euro = account("assets:euro");
  euro.asset = "EUR";
  euro.min_balance = ledger::amount{0};
  auto gains = account("income:euro", ledger::account_kind::income);
  gains.asset = "EUR";
  auto move = [](std::string key, std::string debit, std::string credit, std::int64_t value) {
    auto x = transfer(std::move(key), std::move(debit), std::move(credit), value);
    for (auto& posting : x.postings)
      posting.asset.clear();
    return x;
  };
  auto receipts = must(book.commit_atomic({asked(asset("EUR")), asked(euro), asked(gains),
                                           asked(move("in", "assets:euro", "income:euro", 5)),
                                           asked(move("out", "income:euro", "assets:euro", 5))}));
  CHECK(receipts.size() == 5);
  CHECK(receipts[3].balances[0].value == ledger::amount{5});
  CHECK(receipts[4].balances[1].value == ledger::amount{0});
}

DAYBOOK_CASE("a complete repeat of an atomic batch gets all the first receipts", "[I5]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = must(book.commit_atomic(three_sales()));
  auto check = [&](const book_client& x) {
    auto again = must(x.commit_atomic(three_sales()));
    REQUIRE(again.size() == 3);
    for (std::size_t i = 0; i < 3; ++i)
      CHECK(is_repeat_of(again[i], first[i]));
    CHECK(balance_of(x, cash) == 6);
  };
  check(book);
  sell(book, "between", 50);
  here.restart();
  auto again = must(here.book().commit_atomic(three_sales()));
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(is_repeat_of(again[i], first[i]));
  CHECK(balance_of(here.book(), cash) == 56);
}

DAYBOOK_CASE("a partial repeat of an atomic batch is refused and names the known item", "[I5]") {
  here.spill_keys_early();
  auto book = here.prepared();
  sell(book, "k", 30);
  for (auto* known : {"k0", "k29"}) {
    auto error = refused(
        book.commit_atomic({asked(sale("new a")), asked(sale(known)), asked(sale("new b"))}),
        ec::idempotency_conflict);
    CHECK(error.get("item") == "1");
    CHECK(error.get("key") == known);
  }
  refused(book.transaction_by_key("new a"), ec::not_found);
  CHECK(balance_of(book, cash) == 30);
}

DAYBOOK_CASE("a repeat of an atomic batch with other content is a conflict", "[I5]") {
  auto book = here.prepared();
  must(book.commit_atomic(three_sales()));
  auto changed = three_sales();
  changed[1] = asked(sale("b", 9));
  CHECK(refused(book.commit_atomic(changed), ec::idempotency_conflict).get("item") == "1");
  CHECK(balance_of(book, cash) == 6);
}

DAYBOOK_CASE("a key that stands twice in an atomic batch refuses it", "[I5]") {
  auto book = here.prepared();
  auto error = refused(book.commit_atomic({asked(sale("a")), asked(sale("b")), asked(sale("a"))}),
                       ec::idempotency_conflict);
  CHECK(error.get("item") == "2");
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("an atomic batch over a limit is refused and leaves the book as it was", "[I12]") {
  here.options.bounds.atomic_items_max = 3;
  auto book = here.prepared();
  auto batch = three_sales();
  batch.push_back(asked(sale("d")));
  refused(book.commit_atomic(batch), ec::limit_exceeded);
  refused(book.commit_atomic({}), ec::invalid_argument);
  CHECK(durable_of(book) == event_seq{4});
  batch.pop_back();
  CHECK(must(book.commit_atomic(batch)).size() == 3);
}

DAYBOOK_CASE("an item may be caused by one before it", "") {
  auto book = here.prepared();
  auto receipts = must(book.commit_atomic(
      {asked(sale("order")), caused_by(0, sale("payment")), caused_by(1, sale("shipment"))}));
  auto events = all_events(book);
  CHECK(events[4].causation_id.empty());
  CHECK(events[5].causation_id == to_string(receipts[0].id));
  CHECK(events[6].causation_id == to_string(receipts[1].id));
  auto line = must(book.ancestors(receipts[2].id));
  REQUIRE(line.size() == 2);
  CHECK(line[0].receipt.id == receipts[1].id);
  CHECK(line[1].receipt.id == receipts[0].id);
}

DAYBOOK_CASE("a cause that is no item before is refused and nothing is written", "") {
  auto book = here.prepared();
  for (std::uint32_t cause : {1U, 2U, 99U}) {
    auto error = refused(book.commit_atomic({asked(sale("a")), caused_by(cause, sale("b"))}),
                         ec::invalid_argument);
    CHECK(error.get("item") == "1");
  }
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("atomic batches are there whole after the process dies", "[I1][I8]") {
  auto book = here.prepared();
  for (int i = 0; i < 20; ++i) {
    auto n = std::to_string(i);
    must(book.commit_atomic(
        {asked(transfer("in" + n, cash, sales, 7)), asked(transfer("on" + n, bank, cash, 7))}));
  }
  here.crash();
  book = here.book();
  CHECK(balance_of(book, cash) == 0);
  CHECK(balance_of(book, bank) == 140);
  CHECK(must(book.commit(sale("next"))).id.seq == event_seq{45});
}

DAYBOOK_CASE("commit times of atomic batches never run backwards", "[I4]") {
  auto& time = here.clock_by_hand();
  auto book = here.prepared();
  time.set(9'000'000);
  auto first = must(book.commit_atomic({asked(sale("a")), asked(sale("b"))}));
  time.set(5'000'000);
  auto second = must(book.commit_atomic({asked(sale("c")), asked(sale("d"))}));
  CHECK(second[0].committed_at == first[1].committed_at);
}

} // namespace

} // namespace daybook::test
