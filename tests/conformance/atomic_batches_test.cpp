#include "actors/client_fence.hpp"
#include "actors/errors.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>

#include <filesystem>

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

DAYBOOK_CASE("a repeat of an atomic batch gets the first receipts of what it did to accounts",
             "[I5][I9]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto closing = [](const std::string& path) { return asked(ledger::account_closing{path, true}); };
  auto reopening = [](const std::string& path) { return asked(ledger::account_reopening{path}); };
  must(book.close_account({bank, true}));
  items batch{closing(bank), reopening(cash), asked(sale("a")), reopening(bank), closing(cash),
              closing(cash), reopening(cash), asked(sale("b")), closing(bank)};
  batch[7].caused_by = 5;
  auto first = must(book.commit_atomic(batch));
  CHECK(first[0].deduplicated);
  auto check = [&](const book_client& x) {
    auto again = must(x.commit_atomic(batch));
    REQUIRE(again.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i)
      CHECK(is_repeat_of(again[i], first[i]));
    auto foretold = must(x.rehearse(batch, true));
    for (std::size_t i = 0; i < batch.size(); ++i)
      CHECK(is_repeat_of(must(foretold[i]), first[i]));
    auto other = batch;
    other.insert(other.begin() + 1, closing(sales));
    CHECK(refused(x.commit_atomic(other), ec::idempotency_conflict).get("item") == "1");
  };
  check(book);
  must(book.reopen_account({bank}));
  sell(book, "between", 50);
  must(book.close_account({cash, true}));
  check(book);
  here.restart();
  check(here.book());
  must(here.book().snapshot());
  here.stop();
  std::filesystem::remove_all(here.data() + "/index");
  for (auto& path : snapshots_of(here))
    std::filesystem::remove(path);
  check(here.book());
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

/// What is too much for a node of `small_node`, and the item that says so; empty for all of them.
struct too_much {
  std::string what;
  items batch;
  std::string item;
};

void make_small(subject& here) {
  here.options.batch.events_max = 8;
  here.options.batch.bytes_max = 4 * 1024;
  here.options.bounds.postings_max = 4;
  here.options.bounds.metadata_bytes_max = 2 * 1024;
}

ledger::transaction with_metadata(std::string key, std::size_t bytes) {
  auto x = sale(std::move(key));
  x.metadata = "{\"text\":\"" + std::string(bytes, 'x') + "\"}";
  return x;
}

std::vector<too_much> too_much_of_everything() {
  std::vector<too_much> all{{"events", {}, {}}, {"bytes", {}, {}}};
  for (int i = 0; i < 9; ++i)
    all[0].batch.push_back(asked(sale("e" + std::to_string(i))));
  for (int i = 0; i < 4; ++i)
    all[1].batch.push_back(asked(with_metadata("b" + std::to_string(i), 1'500)));
  all.push_back({"metadata", {asked(sale("m0")), asked(with_metadata("m1", 2'100))}, "1"});
  auto many = sale("p1");
  for (int i = 0; i < 2; ++i)
    for (auto posting : sale("").postings)
      many.postings.push_back(posting);
  all.push_back({"postings", {asked(sale("p0")), asked(many)}, "1"});
  return all;
}

void check_unchanged(const book_client& book, const items& batch) {
  auto now = must(book.frontier());
  CHECK(now.accepted == event_seq{4});
  CHECK(now.durable == event_seq{4});
  CHECK(all_events(book).size() == 4);
  CHECK(balance_of(book, cash) == 0);
  for (auto& item : batch)
    refused(book.transaction_by_key(std::get<ledger::transaction>(item.what).key), ec::not_found);
}

DAYBOOK_CASE("an atomic batch over what a batch of the log may hold, or with one item over its "
             "limits, changes nothing",
             "[I3][I12]") {
  make_small(here);
  auto book = here.prepared();
  for (auto& [what, batch, item] : too_much_of_everything()) {
    INFO(what);
    auto foretold = refused(book.rehearse(batch, true), ec::limit_exceeded);
    auto error = refused(book.commit_atomic(batch), ec::limit_exceeded);
    CHECK(error == foretold);
    CHECK(error.get("item") == item);
    check_unchanged(book, batch);
  }
  here.restart();
  book = here.book();
  check_unchanged(book, {});
  // The keys are free, and as much as fits is taken.
  auto batch = too_much_of_everything()[0].batch;
  batch.pop_back();
  auto receipts = must(book.commit_atomic(batch));
  CHECK(receipts.front().id.seq == event_seq{5});
  CHECK_FALSE(receipts.front().deduplicated);
  CHECK(balance_of(book, cash) == 8);
}

DAYBOOK_CASE("an atomic batch that fits only alone is overloaded, and taken when there is room",
             "[I12]") {
  make_small(here);
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  gate reached;
  gate may_sync;
  disk.on_change([=](operation what) mutable {
    if (what != operation::sync)
      return;
    reached.open();
    (void)may_sync.pass();
  });
  std::vector<ticket> tickets{book.submit(sale("on the disk"))};
  REQUIRE(reached.pass());
  for (auto* key : {"a", "b"})
    tickets.push_back(book.submit(with_metadata(key, 1'500)));
  REQUIRE(must(book.frontier()).accepted == event_seq{7});
  items batch{asked(sale("c")), asked(with_metadata("d", 1'500))};
  // What refuses it waits for the disk, so the answer does: a call would never let the disk go on.
  caf::scoped_actor self{book.handle().home_system()};
  auto asked_first = self->request(book.handle(), patience, actors::atom::commit_v,
                                   actors::write_batch{batch, true});
  self->request(book.handle(), patience, actors::atom::frontier_v)
      .receive([](const actors::frontier&) {},
               [](const caf::error& x) { FAIL(caf::to_string(x)); });
  may_sync.open();
  asked_first.receive([](const std::vector<actors::outcome>&) { FAIL("there was no room"); },
                      [](const caf::error& reason) {
                        auto refusal = actors::from_caf(reason, ec::io);
                        CHECK(to_string(refusal.code()) == to_string(ec::overloaded));
                      });
  auto receipts = must(patiently([&] { return book.commit_atomic(batch); }));
  for (auto& x : tickets)
    must(x.wait());
  CHECK(receipts[0].id.seq == event_seq{8});
  CHECK(all_events(book).size() == 9);
  disk.on_change({});
}

DAYBOOK_CASE("what is over those limits behind a fence changes nothing", "[I3][I12]") {
  make_small(here);
  auto book = here.prepared();
  for (auto& [what, batch, item] : too_much_of_everything()) {
    INFO(what);
    auto fence = must(book.begin_fence());
    CHECK(refused(fence.submit_atomic(batch), ec::limit_exceeded).get("item") == item);
    CHECK(must(fence.commit()).empty());
    check_unchanged(book, batch);
    if (what != "events" && what != "bytes")
      continue;
    // One by one: as much as fits is taken, and the rest is not.
    fence = must(book.begin_fence());
    std::size_t taken = 0;
    for (auto& one : batch)
      if (auto answer = fence.write(one))
        ++taken;
      else
        refused(answer, ec::limit_exceeded);
    CHECK(taken == batch.size() - 1);
    must(fence.cancel());
    check_unchanged(book, batch);
  }
  auto fence = must(book.begin_fence());
  must(fence.write(asked(sale("e0"))));
  refused(fence.submit_atomic(too_much_of_everything()[0].batch), ec::limit_exceeded);
  refused(fence.submit_atomic(too_much_of_everything()[1].batch), ec::limit_exceeded);
  CHECK(must(fence.commit()).size() == 1);
  CHECK(all_events(book).size() == 5);
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
