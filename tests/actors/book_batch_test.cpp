#include "tests/support/book_fixture.hpp"

using namespace daybook;
using namespace daybook::test;

namespace {

using outcomes = std::vector<outcome>;

ledger::write item(ledger::command x) { return {std::move(x), {}, {}, {}, {}}; }

ledger::write deposit(std::string key, std::int64_t value = 5) {
  return item(transfer(std::move(key), "assets:cash", "assets:bank", value));
}

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

TEST_CASE_METHOD(book_fixture, "a reversal is judged by what it reverses") {
  auto first = post("a");
  run();
  sync_all();
  know_transaction(event_seq{4}, "a");
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
