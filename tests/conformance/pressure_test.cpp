#include "actors/client_fence.hpp"
#include "actors/outbox.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

// Writing without waiting: tickets, a client's own queue, outboxes.

namespace daybook::test {

namespace {

DAYBOOK_CASE("a ticket is answered once the write is durable, as often as it is asked", "[I1]") {
  auto book = here.prepared();
  std::vector<ticket> tickets;
  for (int i = 0; i < 100; ++i)
    tickets.push_back(book.submit(sale("k" + std::to_string(i))));
  event_seq last;
  for (auto& x : tickets) {
    auto receipt = must(x.wait());
    CHECK(receipt.id.seq > last);
    last = receipt.id.seq;
    CHECK(must(*x.try_get()) == receipt);
    auto copy = x;
    CHECK(must(*copy.wait_for(patience)) == receipt);
  }
  CHECK(durable_of(book) == last);
}

DAYBOOK_CASE("a ticket of a refused write has the refusal", "") {
  auto book = here.prepared();
  refused(book.submit(transfer("k", cash, "assets:none", 1)).wait(), ec::unknown_account);
  refused(book.submit(asked(sale("k"), {ledger::book_version{event_seq{9}}})).wait(),
          ec::condition_failed);
}

DAYBOOK_CASE("a dropped ticket does not take its write back", "[I1]") {
  auto book = here.prepared();
  (void)book.submit(sale("k"));
  must(book.commit(sale("l")));
  CHECK(balance_of(book, cash) == 2);
}

DAYBOOK_CASE("past its share of the queue a careful writer is turned away at once", "[I12]") {
  here.calls.queue_items_max = 8;
  here.calls.pressure_share = 0.5;
  // A disk that does not sync until it may, so that answers wait.
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  gate may_sync;
  hold_syncs(disk, may_sync);
  std::vector<ticket> tickets;
  for (int i = 0; i < 4; ++i)
    tickets.push_back(must(book.try_submit(sale("k" + std::to_string(i)))));
  CHECK(here.node().pressure().queued == 4);
  CHECK(here.node().pressure().capacity == 8);
  CHECK(here.node().pressure().share == 0.5);
  CHECK_FALSE(tickets[0].try_get());
  auto error = refused(book.try_submit(sale("more")), ec::overloaded);
  CHECK(error.get("limit") == "4");
  for (int i = 4; i < 8; ++i)
    tickets.push_back(book.submit(sale("k" + std::to_string(i))));
  auto full = book.submit(sale("over")).try_get();
  REQUIRE(full);
  refused(*full, ec::overloaded);
  may_sync.open();
  for (auto& x : tickets)
    must(x.wait());
  CHECK(here.node().pressure().queued == 0);
  must(must(book.try_submit(sale("more"))).wait());
  CHECK(balance_of(book, cash) == 9);
  disk.on_change({});
}

DAYBOOK_CASE("a full book turns writes away and loses none that it took", "[I12]") {
  here.options.batch.events_max = 4;
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  gate may_sync;
  hold_syncs(disk, may_sync);
  std::vector<ticket> tickets;
  for (int i = 0; i < 100; ++i)
    tickets.push_back(book.submit(asked(sale("k" + std::to_string(i))))); // a message each
  must(book.frontier()); // behind all of those, and not in need of the disk
  auto pressure = must(book.pressure());
  CHECK(pressure.queued > 0);
  CHECK(pressure.queued <= pressure.capacity);
  may_sync.open();
  std::int64_t accepted = 0;
  for (auto& x : tickets) {
    auto answer = x.wait();
    accepted += answer.has_value();
    if (!answer)
      refused(answer, ec::overloaded);
  }
  CHECK(accepted >= 4);
  CHECK(accepted < 100);
  CHECK(balance_of(book, cash) == accepted);
  CHECK(must(book.status()).overloaded == static_cast<std::uint64_t>(100 - accepted));
  disk.on_change({});
}

DAYBOOK_CASE("an outbox writes everything at once, or nothing", "[I6]") {
  auto book = here.prepared();
  outbox box{book};
  CHECK(must(box.flush()).empty());
  auto first = box.add(sale("a"));
  box.add_because_of(first, asked(sale("b")));
  CHECK(box.size() == 2);
  CHECK(durable_of(book) == event_seq{4});
  auto receipts = must(box.flush());
  REQUIRE(receipts.size() == 2);
  CHECK(box.empty());
  CHECK(must(book.transaction(receipts[1].id)).causation_id == to_string(receipts[0].id));
  box.add(sale("c"));
  box.add(transfer("bad", cash, "assets:none", 1));
  CHECK(refused(box.flush(), ec::unknown_account).get("item") == "1");
  CHECK(box.size() == 2);
  CHECK(durable_of(book) == event_seq{6});
  must(book.open_account(account("assets:none")));
  CHECK(must(box.flush()).size() == 2);
}

DAYBOOK_CASE("an outbox that is dropped writes nothing", "") {
  auto book = here.prepared();
  {
    outbox box{book};
    box.add(sale("a"));
  }
  CHECK(must(book.commit(sale("b"))).id.seq == event_seq{5});
  refused(book.transaction_by_key("a"), ec::not_found);
}

DAYBOOK_CASE("an outbox may flush behind a fence", "") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  outbox box{fence};
  box.add_because_of(box.add(sale("a")), asked(sale("b")));
  must(box.flush());
  CHECK(durable_of(book) == event_seq{4});
  auto receipts = must(fence.commit());
  REQUIRE(receipts.size() == 2);
  CHECK(must(book.transaction(receipts[1].id)).causation_id == to_string(receipts[0].id));
}

DAYBOOK_CASE("an outbox flushed behind a cancelled fence never was", "[I3][I5]") {
  auto book = here.prepared();
  auto items = [](outbox& box) { box.add_because_of(box.add(sale("a", 5)), asked(sale("b", 6))); };
  {
    auto fence = must(book.begin_fence());
    outbox box{fence};
    items(box);
    CHECK(must(box.flush()).size() == 2);
    CHECK(box.empty());
    must(fence.cancel());
    // The fence is over: what is added now stays in the outbox.
    box.add(sale("c"));
    refused(box.flush(), ec::not_found);
    CHECK(box.size() == 1);
  }
  CHECK(durable_of(book) == event_seq{4});
  CHECK(balance_of(book, cash) == 0);
  for (auto* key : {"a", "b", "c"})
    refused(book.transaction_by_key(key), ec::not_found);
  here.restart();
  book = here.book();
  CHECK(all_events(book).size() == 4);
  outbox box{book};
  items(box);
  auto receipts = must(box.flush());
  REQUIRE(receipts.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK_FALSE(receipts[i].deduplicated);
    CHECK(receipts[i].id.seq == event_seq{5 + i});
  }
  CHECK(balance_of(book, cash) == 11);
}

std::vector<ledger::write> sales_of(const std::string& prefix, int count) {
  std::vector<ledger::write> items;
  for (int i = 0; i < count; ++i)
    items.push_back(asked(sale(prefix + std::to_string(i))));
  return items;
}

DAYBOOK_CASE("tickets of batches are answered once all of it is durable", "[I1]") {
  auto book = here.prepared();
  auto batch = book.submit_batch(
      {asked(sale("a")), asked(transfer("bad", cash, "assets:none", 1)), asked(sale("b"))});
  auto atomic = book.submit_atomic({asked(sale("c")), caused_by(0, sale("d"))});
  auto refusal = book.submit_atomic({asked(sale("e")), asked(sale("a", 2))});
  auto outcomes = must(batch.wait());
  REQUIRE(outcomes.size() == 3);
  CHECK(must(outcomes[0]).id.seq == event_seq{5});
  refused(outcomes[1], ec::unknown_account);
  CHECK(must(outcomes[2]).id.seq == event_seq{6});
  auto receipts = must(atomic.wait());
  REQUIRE(receipts.size() == 2);
  CHECK(receipts[1].id.seq == event_seq{8});
  CHECK(must(*atomic.try_get()) == receipts);
  auto copy = atomic;
  CHECK(must(*copy.wait_for(patience)) == receipts);
  CHECK(refused(refusal.wait(), ec::idempotency_conflict).get("item") == "1");
  CHECK(durable_of(book) == event_seq{8});
}

DAYBOOK_CASE("a batch is turned away under pressure, and told apart from one that is refused",
             "[I12]") {
  here.calls.queue_items_max = 8;
  here.calls.pressure_share = 0.5;
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  gate may_sync;
  hold_syncs(disk, may_sync);
  auto first = must(book.try_submit_batch(sales_of("a", 2)));
  CHECK_FALSE(first.try_get());
  // Two are under way: two more are within the share, three are not.
  CHECK(refused(book.try_submit_batch(sales_of("b", 3)), ec::overloaded).get("limit") == "4");
  refused(book.try_submit_atomic(sales_of("b", 3)), ec::overloaded);
  auto second = must(book.try_submit_atomic(sales_of("c", 2)));
  refused(book.try_submit(sale("d")), ec::overloaded);
  refused(book.try_submit_batch(sales_of("d", 1)), ec::overloaded);
  CHECK(here.node().pressure().queued == 4);
  // Who insists gets what is left.
  auto third = book.submit_atomic(sales_of("e", 4));
  auto over = book.submit_batch(sales_of("f", 1)).try_get();
  REQUIRE(over);
  refused(*over, ec::overloaded);
  may_sync.open();
  CHECK(must(first.wait()).size() == 2);
  CHECK(must(second.wait()).size() == 2);
  CHECK(must(third.wait()).size() == 4);
  CHECK(here.node().pressure().queued == 0);
  // Nothing of what was turned away was written; sent again it is.
  CHECK(must(must(book.try_submit_atomic(sales_of("b", 3))).wait()).size() == 3);
  CHECK(balance_of(book, cash) == 11);
  disk.on_change({});
}

DAYBOOK_CASE("a client with room for one write is not under pressure when it is idle", "[I12]") {
  here.calls.queue_items_max = 1;
  auto book = here.prepared();
  must(must(book.try_submit(sale("a"))).wait());
  must(must(book.try_submit(asked(sale("b")))).wait());
  CHECK(must(must(book.try_submit_atomic(sales_of("c", 2))).wait()).size() == 2);
  CHECK(balance_of(book, cash) == 4);
}

} // namespace

} // namespace daybook::test
