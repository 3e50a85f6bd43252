#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

} // namespace

TEST_CASE("the events of the outermost unit are joined") {
  small_book book;
  CHECK_FALSE(book.accept(sale("1")).joined);
  book.open_unit();
  CHECK_FALSE(book.accept(sale("2")).joined);
  CHECK(book.accept(sale("3")).joined);
  book.open_unit();
  CHECK(book.accept(account("new")).joined);
  book.close_unit();
  CHECK(book.accept(account_closing{"new"}).joined);
  book.close_unit();
  CHECK_FALSE(book.accept(sale("4")).joined);
  book.open_unit();
  CHECK_FALSE(book.accept(sale("5")).joined);
  book.close_unit();
  book.commit();
  CHECK(book.value_of("cash") == amount{25});
}

TEST_CASE("an undone unit never was", "[I3][I6]") {
  small_book book;
  book.accept(sale("1"));
  book.accept(account_closing{"bank"});
  book.commit();
  auto header = book.machine.state();
  auto staged_before = book.machine.staged_events();
  book.accept(sale("2"));
  book.open_unit();
  book.accept(sale("3", 7));
  book.accept(account_reopening{"bank"});
  book.accept(transfer("4", {debit("bank", 7), credit("cash", 7)}));
  book.accept(asset_definition{"USD", asset_class::fiat, 2, ""});
  book.accept(account("dollars", "USD"));
  book.accept(account_closing{"coins"});
  book.accept(reversal{"5", event_seq{7}, {}, {}, {}});
  book.undo_unit();
  CHECK(book.machine.staged_events() == staged_before + 1);
  CHECK(book.machine.hot_keys() == 2);
  CHECK(book.refuse(account("dollars", "USD")).code() == ec::unknown_asset);
  CHECK(book.refuse(transfer("4", {debit("bank", 7), credit("cash", 7)})).code() ==
        ec::account_closed);
  CHECK(book.accept(account_reopening{"coins"}).deduplicated);
  CHECK(book.accept(ledger::write{.what = sale("3", 1),
                                  .conditions = {account_version{"cash", event_seq{9}},
                                                 balance_at_most{"cash", amount{10}}}})
            .seq == event_seq{10});
  CHECK(book.accept(account("dollars")).seq == event_seq{11});
  book.commit();
  CHECK(book.value_of("cash") == amount{11});
  CHECK(book.machine.state().assets[0].debit_turnover == amount{11});
  CHECK(header.seq == event_seq{8});
}

TEST_CASE("a unit inside another is undone alone, or with it") {
  small_book book;
  book.open_unit();
  book.accept(sale("1", 1));
  book.open_unit();
  book.accept(sale("2", 10));
  book.undo_unit();
  book.accept(sale("2", 100));
  SECTION("alone") {
    book.close_unit();
    book.commit();
    CHECK(book.value_of("cash") == amount{101});
  }
  SECTION("with it") {
    book.undo_unit();
    CHECK(book.machine.staged_events() == 0);
    CHECK(book.machine.hot_keys() == 0);
    book.accept(sale("2", 1000));
    book.commit();
    CHECK(book.value_of("cash") == amount{1000});
  }
  SECTION("after one that was closed") {
    book.open_unit();
    book.accept(sale("3", 1000));
    book.close_unit();
    book.undo_unit();
    book.accept(sale("3", 1));
    book.commit();
    CHECK(book.value_of("cash") == amount{1});
  }
}

TEST_CASE("a batch may become durable while a unit is open", "[I7]") {
  small_book book;
  book.accept(sale("1", 1));
  book.seal();
  book.open_unit();
  book.accept(sale("2", 10));
  book.sync();
  CHECK(book.value_of("cash") == amount{1});
  book.undo_unit();
  CHECK(book.value_of("cash") == amount{1});
  book.accept(sale("2", 100));
  book.commit();
  CHECK(book.value_of("cash") == amount{101});
}

TEST_CASE("a rehearsal says what a write would do, and changes nothing") {
  small_book book;
  book.accept(sale("old"));
  book.accept(transfer("taken", {debit("bank", 1), credit("sales", 1)}));
  auto rehearse = [&](const std::vector<ledger::write>& items, bool atomic) {
    auto before = book.machine.staged_seq();
    auto found = book.machine.rehearse(items, atomic, book.known_of(items));
    CHECK(book.machine.staged_seq() == before);
    return found;
  };
  std::vector<ledger::write> items{{.what = sale("new", 10)},
                                   {.what = sale("old")},
                                   {.what = sale("taken")},
                                   {.what = account("fresh")},
                                   {.what = transfer("to", {debit("fresh", 3), credit("cash", 3)})},
                                   {.what = sale("new", 10)}};
  for (int i = 0; i < 2; ++i) {
    auto found = rehearse(items, false);
    REQUIRE(found.size() == 6);
    CHECK(found[0]->seq == event_seq{9});
    CHECK(found[0]->balances ==
          std::vector<account_balance>{{account_no{0}, amount{15}}, {account_no{2}, amount{16}}});
    CHECK(found[1]->deduplicated);
    CHECK(found[1]->seq == event_seq{7});
    CHECK(found[1]->balances.empty());
    CHECK(refusal_of(found[2]).code() == ec::idempotency_conflict);
    CHECK(found[3]->seq == event_seq{10});
    CHECK(found[4]->balances ==
          std::vector<account_balance>{{account_no{4}, amount{3}}, {account_no{0}, amount{12}}});
    CHECK(found[5]->deduplicated);
    CHECK(found[5]->seq == event_seq{9});
  }
  auto refused = rehearse({{.what = sale("new")}, {.what = sale("", 1)}}, true);
  REQUIRE(refused.size() == 1);
  CHECK(refusal_of(refused[0]).get("item") == "1");
  auto all = rehearse({{.what = sale("new")}, {.what = sale("newer")}}, true);
  REQUIRE(all.size() == 2);
  CHECK(all[1]->seq == event_seq{10});
  CHECK(all[1]->balances[0].value == amount{15});
  CHECK_FALSE(book.accept(sale("new")).deduplicated);
}
