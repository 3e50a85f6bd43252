#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

ledger::write caused(command x, std::uint32_t by) {
  return {.what = std::move(x), .caused_by = by};
}

} // namespace

TEST_CASE("all items are staged, and later ones see those before", "[I3]") {
  small_book book;
  std::vector<bool> joined;
  std::vector<ledger::write> items{{.what = account("new")},
                                   {.what = transfer("1", {debit("new", 5), credit("sales", 5)}),
                                    .conditions = {book_version{event_seq{7}}}},
                                   {.what = transfer("2", {debit("cash", 5), credit("new", 5)}),
                                    .conditions = {balance_at_least{"new", amount{5}}}},
                                   {.what = account("cash")},
                                   {.what = account_closing{"new"}}};
  auto answers = book.machine.stage_all(items, {}, [&](const event& x, bool is_joined) {
    book.events.push_back(x);
    joined.push_back(is_joined);
  });
  REQUIRE(answers);
  CHECK(joined == std::vector{false, true, true, true});
  REQUIRE(answers->size() == 5);
  CHECK(answers->at(2).seq == event_seq{9});
  CHECK(answers->at(2).joined);
  CHECK(answers->at(3).deduplicated);
  CHECK(answers->at(3).seq == event_seq{3});
  CHECK(answers->at(4).seq == event_seq{10});
  book.commit();
  CHECK(book.value_of("cash") == amount{5});
  auto receipt = book.machine.receipt_of(answers->at(2));
  CHECK(receipt.balances ==
        std::vector<account_balance>{{account_no{0}, amount{5}}, {account_no{4}, amount{0}}});
}

TEST_CASE("when an item is refused, none is staged", "[I6]") {
  small_book book;
  auto refusal = book.refuse_all({{.what = account("new")},
                                  {.what = sale("1")},
                                  {.what = transfer("2", {debit("new", 5), credit("cash", 6)})}});
  CHECK(refusal.code() == ec::unbalanced);
  CHECK(refusal.get("item") == "2");
  CHECK(book.machine.hot_keys() == 0);
  CHECK(book.machine.staged_events() == 0);
  CHECK(book.accept(sale("1", 6)).seq == event_seq{7});
}

TEST_CASE("a batch that was accepted is a replay", "[I5]") {
  small_book book;
  std::vector<ledger::write> items{{.what = account("new")},
                                   {.what = sale("1"), .conditions = {book_version{event_seq{7}}}},
                                   caused(transfer("2", {debit("new", 5), credit("cash", 5)}), 1),
                                   {.what = account_closing{"bank"}}};
  auto first = book.accept_all(items);
  auto is_replay = [&] {
    auto again = book.accept_all(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      CHECK(again[i].deduplicated);
      CHECK(again[i].seq == first[i].seq);
    }
  };
  is_replay();
  CHECK(book.machine.staged_events() == 4);
  book.commit();
  is_replay();
  CHECK(book.machine.staged_events() == 0);
  SECTION("also when its account was reopened since") {
    book.accept(account_reopening{"bank"});
    is_replay();
    CHECK(book.machine.staged_events() == 1);
  }
  SECTION("but not with other content") {
    items[2].caused_by = 0;
    auto refusal = book.refuse_all(items);
    CHECK(refusal.code() == ec::idempotency_conflict);
    CHECK(refusal.get("item") == "2");
  }
  SECTION("and not with an item that it did not have") {
    items.push_back({.what = account("newer")});
    auto refusal = book.refuse_all(items);
    CHECK(refusal.code() == ec::idempotency_conflict);
    CHECK(refusal.get("item") == "4");
    CHECK(refusal.get("key") == "1");
  }
}

TEST_CASE("a batch of which some is known is refused", "[I5]") {
  small_book book;
  auto known = book.accept(sale("known"));
  auto refusal =
      book.refuse_all({{.what = account("cash")}, {.what = sale("new")}, {.what = sale("known")}});
  CHECK(refusal.code() == ec::idempotency_conflict);
  CHECK(refusal.get("item") == "2");
  CHECK(refusal.get("key") == "known");
  CHECK(refusal.get("seq") == std::to_string(known.seq.value()));
}

TEST_CASE("one key in two items is a conflict, even with the same content", "[I5]") {
  small_book book;
  std::vector<ledger::write> items{{.what = sale("1")}, {.what = sale("2")}, {.what = sale("1")}};
  auto conflicts = [&] {
    auto refusal = book.refuse_all(items);
    CHECK(refusal.code() == ec::idempotency_conflict);
    CHECK(refusal.get("item") == "2");
    CHECK(refusal.get("key") == "1");
  };
  conflicts();
  book.accept(sale("1"));
  book.accept(sale("2"));
  conflicts();
}

TEST_CASE("an item may be caused by one before it") {
  small_book book;
  book.accept_all({{.what = account("new")},
                   caused(sale("1"), 0),
                   caused(account_closing{"new"}, 1),
                   {.what = account("cash")},
                   caused(sale("2"), 3)});
  auto id_of = [&](std::uint64_t seq) {
    return to_string(transaction_id{book.id, event_seq{seq}});
  };
  CHECK(std::get<transaction_posted>(book.events[7]).causation_id == id_of(7));
  CHECK(std::get<account_closed>(book.events[8]).links.causation_id == id_of(8));
  CHECK(std::get<transaction_posted>(book.events[9]).causation_id == id_of(3));
  for (auto by : {1u, 2u, UINT32_MAX}) {
    auto refusal = book.refuse_all({{.what = sale("3")}, caused(sale("4"), by)});
    CHECK(refusal.code() == ec::invalid_argument);
    CHECK(refusal.get("field") == "caused_by");
    CHECK(refusal.get("item") == "1");
  }
  auto both = caused(sale("4"), 0);
  both.causation_id = "x";
  CHECK(book.refuse_all({{.what = sale("3")}, both}).get("field") == "causation_id");
  auto own = sale("4");
  own.causation_id = "x";
  CHECK(book.refuse_all({{.what = sale("3")}, caused(own, 0)}).get("field") == "causation_id");
}

TEST_CASE("a batch is a replay, however the limit was lowered since", "[I5]") {
  small_book book;
  std::vector<ledger::write> items{{.what = sale("1")}, {.what = sale("2")}};
  auto first = book.accept_all(items);
  book.commit();
  auto narrow = machine_of(book.id, writer_epoch{4}, {.bounds = {.atomic_items_max = 1}});
  book.replay_into(narrow);
  auto again = narrow.stage_all(items, {}, [](auto&, bool) {});
  REQUIRE(again);
  CHECK(again->at(1).deduplicated);
  CHECK(again->at(1).seq == first[1].seq);
  items[1].what = sale("3");
  CHECK(refusal_of(narrow.stage_all(items, {}, [](auto&, bool) {})).code() ==
        ec::idempotency_conflict);
  items[0].what = sale("4");
  CHECK(refusal_of(narrow.stage_all(items, {}, [](auto&, bool) {})).code() == ec::limit_exceeded);
}

TEST_CASE("the size of a batch is bounded", "[I12]") {
  small_book book{{.bounds = {.atomic_items_max = 2}}};
  CHECK(book.refuse_all({}).get("field") == "items");
  auto refusal = book.refuse_all(std::vector<ledger::write>(3, {.what = account("cash")}));
  CHECK(refusal.code() == ec::limit_exceeded);
  CHECK(refusal.get("what") == "items");
  CHECK(refusal.get("limit") == "2");
  CHECK(refusal.get("would_be") == "3");
  book.accept_all(std::vector<ledger::write>(2, {.what = account("cash")}));
}
