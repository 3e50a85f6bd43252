#include "tests/support/book_fixture.hpp"

using namespace daybook;
using namespace daybook::test;

namespace {

using outcomes = std::vector<outcome>;

ledger::write item(ledger::command x) { return {std::move(x), {}, {}, {}, {}}; }

ledger::write deposit(std::string key, std::int64_t value = 5) {
  return item(transfer(std::move(key), "assets:cash", "assets:bank", value));
}

/// Keys leave memory at once, and come back from the reader.
class spilling_book : public book_fixture {
public:
  spilling_book() : book_fixture({}, {.hot_keys_max = 2}) {}

  void durable_post(std::string key) {
    auto answer = post(std::move(key));
    run();
    sync_all();
    REQUIRE(answer->arrived());
  }
};

class eager_book : public book_fixture {
public:
  eager_book() : book_fixture({}, {.snapshot_events = 5}) {}
};

} // namespace

TEST_CASE_METHOD(book_fixture, "an atomic batch is all or nothing", "[I3][I6]") {
  write_batch bad{{deposit("a"), item(transfer("b", "assets:none", "assets:bank", 1))}, true};
  auto refused = commit<outcomes>(bad);
  run();
  CHECK(refused->refused().code() == ec::unknown_account);
  CHECK(refused->refused().get("item") == "1");
  CHECK(disk_.waiting.empty());

  write_batch good{{deposit("a"), deposit("b", 7)}, true};
  auto answer = commit<outcomes>(good);
  run();
  REQUIRE(disk_.waiting.size() == 1);
  CHECK(disk_.waiting.front().batch->events == 2);
  sync_all();
  REQUIRE(answer->value().size() == 2);
  CHECK(std::get<ledger::receipt>(answer->value()[1]).id.seq == event_seq{5});
  CHECK(std::get<ledger::receipt>(answer->value()[1]).balances[0].value == ledger::amount{12});
}

TEST_CASE_METHOD(book_fixture, "a refused atomic batch disturbs no neighbour in the log's batch",
                 "[I6]") {
  auto on_disk = post("k0");
  run();
  auto before = post("k1");
  run();
  write_batch bad{{deposit("a"), item(transfer("b", "assets:none", "assets:bank", 1))}, true};
  auto refused = commit<outcomes>(bad);
  run();
  auto after = post("k2");
  run();
  sync_all();
  CHECK(refused->refused().get("item") == "1");
  CHECK(before->value().id.seq == event_seq{5});
  CHECK(after->value().id.seq == event_seq{6});
  CHECK(cash() == ledger::amount{15});
}

TEST_CASE_METHOD(book_fixture, "a receipt tells what the accounts hold after the commit") {
  auto first = post("a", 5);
  auto second = post("b", 7);
  run();
  sync_all();
  auto& later = first->value().id.seq > second->value().id.seq ? *first : *second;
  REQUIRE(later.value().balances.size() == 2);
  CHECK(later.value().balances[0] == ledger::account_balance{account_no{0}, ledger::amount{12}});
  CHECK(later.value().balances[1] == ledger::account_balance{account_no{1}, ledger::amount{-12}});
}

TEST_CASE_METHOD(book_fixture, "a rehearsal answers as the commit would and writes nothing",
                 "[I3]") {
  auto on_disk = post("k0");
  run();
  write_batch x{{deposit("a"), item(transfer("b", "assets:none", "assets:bank", 1))}, false};
  auto rehearsed = ask<outcomes>(book_, atom::rehearse_v, x);
  run();
  CHECK_FALSE(rehearsed->arrived());
  sync_all();
  auto committed = commit<outcomes>(x);
  run();
  sync_all();
  auto& would = std::get<ledger::receipt>(rehearsed->value()[0]);
  auto& did = std::get<ledger::receipt>(committed->value()[0]);
  CHECK(would.id == did.id);
  CHECK(would.balances == did.balances);
  CHECK(std::get<error>(rehearsed->value()[1]) == std::get<error>(committed->value()[1]));
  CHECK(did.id.seq == event_seq{5});
}

TEST_CASE_METHOD(book_fixture, "a condition that does not hold says what was found") {
  auto x = deposit("a");
  x.conditions = {ledger::book_version{event_seq{2}}};
  auto refused = commit<ledger::receipt>(x);
  run();
  CHECK(refused->refused().code() == ec::condition_failed);
  CHECK(refused->refused().get("found") == "3");
  x.conditions = {ledger::book_version{event_seq{3}}};
  auto accepted = commit<ledger::receipt>(x);
  run();
  sync_all();
  CHECK(accepted->arrived());
}

TEST_CASE_METHOD(spilling_book, "keys leave memory when it is full, and are still known", "[I5]") {
  durable_post("a");
  durable_post("b");
  durable_post("c");
  run();
  CHECK_FALSE(spilled_.empty());
  auto again = post("a");
  auto conflict = post("b", 6);
  run();
  sync_all();
  CHECK(again->value().deduplicated);
  CHECK(again->value().id.seq == event_seq{4});
  CHECK(conflict->refused().code() == ec::idempotency_conflict);
  CHECK_FALSE(asked_.empty());
}

TEST_CASE_METHOD(spilling_book, "a write that waits for facts keeps its place", "[I5][I6]") {
  durable_post("a");
  durable_post("b");
  durable_post("c");
  // Each of them has to be looked up; the second rests on the first.
  std::vector<ledger::command> opening{account("assets:new")};
  auto first = commit<outcomes>(std::vector<ledger::command>{
      transfer("d", "assets:cash", "assets:bank", 1), account("assets:new")});
  auto second = commit<ledger::receipt>(transfer("e", "assets:new", "assets:bank", 1));
  run();
  sync_all();
  CHECK(first->arrived());
  // Which message comes first is the scheduler's choice; what comes first is judged first.
  auto came_first = second->arrived() && !status().overloaded;
  CHECK(came_first);
}

TEST_CASE_METHOD(spilling_book, "an index that refuses keys stops writing before memory overflows",
                 "[I12]") {
  index_is_broken_ = true;
  durable_post("a");
  durable_post("b");
  durable_post("c");
  auto refused = post("d");
  run();
  sync_all();
  CHECK(refused->refused().code() == ec::overloaded);
  CHECK(refused->refused().get("what") == "keys");
  index_is_broken_ = false;
  scheduler().advance_time(std::chrono::seconds{1});
  run();
  durable_post("d");
}

TEST_CASE_METHOD(eager_book, "a snapshot is taken when it is due, and when asked for") {
  CHECK(snapshots_.empty());
  for (auto* key : {"a", "b"}) {
    auto answer = post(key);
    run();
    sync_all();
  }
  CHECK(snapshots_ == std::vector<event_seq>{event_seq{5}});
  auto post_more = post("c");
  run();
  sync_all();
  CHECK(snapshots_.size() == 1);
  auto asked = ask<snapshot_info>(book_, atom::snapshot_v);
  run();
  CHECK(asked->value().seq == event_seq{6});
  CHECK(status().snapshot == event_seq{6});
}

TEST_CASE_METHOD(book_fixture, "a reversal is judged by what it reverses") {
  auto first = post("a");
  run();
  sync_all();
  ledger::transaction_posted original;
  original.key = "a";
  original.entries = {{account_no{0}, ledger::side::debit, ledger::amount{5}},
                      {account_no{1}, ledger::side::credit, ledger::amount{5}}};
  facts_.transactions[event_seq{4}] = original;
  auto reversed = commit<ledger::receipt>(item(ledger::reversal{"r", event_seq{4}, {}, {}, {}}));
  run();
  sync_all();
  CHECK(reversed->value().id.seq == event_seq{5});
  CHECK(cash() == ledger::amount{0});
  auto twice = commit<ledger::receipt>(item(ledger::reversal{"s", event_seq{4}, {}, {}, {}}));
  run();
  CHECK(twice->refused().code() == ec::already_reversed);
  CHECK(twice->refused().get("seq") == "5");
}
