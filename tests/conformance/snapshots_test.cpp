#include "actors/client_fence.hpp"
#include "tests/conformance/picture.hpp"

#include <algorithm>
#include <filesystem>

// What a snapshot is good for, and what is never in one.

namespace daybook::test {

namespace {

/// A book as a node sees it that only reads: the newest snapshot, and the log behind it.
picture picture_from_snapshot(const subject& here) {
  auto options = here.options;
  options.read_only = true;
  auto reader = must(client::open(options));
  auto book = must(reader.book("bank", actors::open_mode::existing));
  CHECK(must(book.status()).snapshot > event_seq{0});
  return picture_of(book);
}

DAYBOOK_CASE("a book opened from a snapshot reads only what came after it", "[I9]") {
  here.options.log.segment_bytes = 8 * 1024;
  here.options.snapshot_events = 0;
  auto book = here.prepared();
  sell(book, "k", 1'000);
  CHECK(must(book.snapshot()).seq == event_seq{1'004});
  // The keys follow the snapshot into the index, before the book stops: without them the log would
  // have to be read.
  auto more = sell(book, "l", 10);
  auto before = must(book.trial_balance());
  REQUIRE(segments_of(here).size() > 5);
  auto first_segment = segments_of(here).front();
  here.restart([&] { spoil(first_segment, 4096 + 150); });
  book = here.book();
  CHECK(durable_of(book) == event_seq{1'014});
  CHECK(balance_of(book, cash) == 1'010);
  CHECK(balance_of(book, sales) == 1'010);
  CHECK(must(book.accounts()).size() == 3);
  CHECK(must(book.assets()) == std::vector{asset()});
  auto now = must(book.trial_balance());
  REQUIRE(now.size() == before.size());
  CHECK(now[0].debit_turnover == before[0].debit_turnover);
  CHECK(now[0].debit_balances == before[0].debit_balances);
  CHECK(is_repeat_of(must(book.commit(sale("l9"))), more[9]));
  CHECK(must(book.commit(sale("next"))).id.seq == event_seq{1'015});
  CHECK(must(book.events({event_seq{1'005}, 100})).items.size() == 11);
  // The damage is there: who reads that far back is told.
  auto error = refused(book.events({event_seq{1}, 1'000}), ec::corrupt);
  CHECK(error.get("file") == first_segment);
  // Without the snapshots the log alone decides.
  here.restart([&] {
    auto snapshots = snapshots_of(here);
    REQUIRE(snapshots.size() == 1);
    std::filesystem::remove(snapshots.front());
  });
  auto refusal = refused(here.node().book("bank"), ec::corrupt);
  CHECK(refusal.get("file") == first_segment);
}

DAYBOOK_CASE("a snapshot taken, or a book stopped, during a fence has nothing of it",
             "[I3][I7][I9]") {
  here.options.snapshot_events = 0;
  auto book = here.prepared();
  sell(book, "k", 20);
  auto before = picture_of(book);
  auto behind = [](const book_client& x) {
    auto fence = must(x.begin_fence());
    for (auto& outcome :
         must(fence.submit({asked(asset("EUR")), asked(account("assets:new")),
                            asked(sale("behind", 7)), asked(ledger::account_closing{bank})})))
      must(outcome);
    return fence;
  };
  {
    auto fence = behind(book);
    auto taken = must(book.snapshot());
    CHECK(taken.seq == event_seq{24});
    CHECK(taken.written);
    check_same(picture_from_snapshot(here), before);
    must(here.node().stop_book("bank"));
    REQUIRE_FALSE(fence.commit());
  }
  book = here.reopened();
  check_same(picture_of(book), before);
  CHECK(must(book.status()).snapshot == event_seq{24});
  auto fence = behind(book);
  CHECK_FALSE(must(book.snapshot()).written);
  check_same(picture_from_snapshot(here), before);
  // The keys were free, and a fence that is committed is in the next snapshot.
  auto receipts = must(fence.commit());
  REQUIRE(receipts.size() == 4);
  CHECK(receipts[0].id.seq == event_seq{25});
  for (auto& receipt : receipts)
    CHECK_FALSE(receipt.deduplicated);
  CHECK(must(book.snapshot()).seq == event_seq{28});
  auto after = picture_of(book);
  check_same(picture_from_snapshot(here), after);
  here.restart();
  check_same(picture_of(here.book()), after);
}

} // namespace

} // namespace daybook::test
