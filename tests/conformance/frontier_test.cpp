#include "actors/client_fence.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <future>

// Where a book is, and waiting until it is somewhere.

namespace daybook::test {

namespace {

using actors::watermark;

constexpr std::chrono::milliseconds at_once{1};

DAYBOOK_CASE("the watermarks are in order: accepted, written, durable", "[I1]") {
  // A disk that does not sync until it may, so that each mark stands still where it is.
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  gate may_sync;
  hold_syncs(disk, may_sync);
  std::vector<ticket> tickets{book.submit(sale("on the disk"))};
  CHECK(must(book.wait_for(watermark::written, event_seq{5}, patience)).durable == event_seq{4});
  for (int i = 0; i < 10; ++i)
    tickets.push_back(book.submit(sale("k" + std::to_string(i))));
  auto now = must(book.wait_for(watermark::accepted, event_seq{15}, patience));
  CHECK(now.accepted == event_seq{15});
  CHECK(now.written == event_seq{5});
  CHECK(now.durable == event_seq{4});
  may_sync.open();
  CHECK(must(tickets.back().wait()).id.seq == event_seq{15});
  now = must(book.frontier());
  CHECK(now.accepted == event_seq{15});
  CHECK(now.written == event_seq{15});
  CHECK(now.durable == event_seq{15});
  CHECK(now.applied.empty());
  disk.on_change({});
}

DAYBOOK_CASE("a wait for what has happened ends at once", "") {
  auto book = here.prepared();
  for (auto mark : {watermark::accepted, watermark::written, watermark::durable})
    CHECK(must(book.wait_for(mark, event_seq{4}, at_once)).durable == event_seq{4});
  must(book.wait_for(watermark::durable, event_seq{0}, at_once));
}

DAYBOOK_CASE("a wait ends when its watermark comes", "") {
  auto book = here.prepared();
  auto waiting = std::async(std::launch::async, [&] {
    return book.wait_for(watermark::durable, event_seq{24}, patience);
  });
  sell(book, "k", 20);
  CHECK(must(waiting.get()).durable >= event_seq{24});
}

DAYBOOK_CASE("a wait that takes too long says where the watermark stands", "") {
  auto book = here.prepared();
  auto error = refused(book.wait_for(watermark::durable, event_seq{5}, at_once), ec::timed_out);
  CHECK(error.get("found") == "4");
  refused(book.wait_for(watermark::applied, event_seq{1}, at_once, "nobody"), ec::timed_out);
  refused(book.wait_for(watermark::durable, event_seq{5}, std::chrono::hours{25}),
          ec::invalid_argument);
}

DAYBOOK_CASE("writes behind a fence move no watermark before it is committed", "[I7]") {
  auto book = here.prepared();
  auto fence = must(book.begin_fence());
  must(fence.write(asked(sale("k"))));
  for (auto mark : {watermark::accepted, watermark::written, watermark::durable})
    refused(book.wait_for(mark, event_seq{5}, at_once), ec::timed_out);
  auto waiting = std::async(std::launch::async, [&] {
    return book.wait_for(watermark::durable, event_seq{5}, patience);
  });
  must(fence.commit());
  must(waiting.get());
}

DAYBOOK_CASE("who waits for a book that is stopped is told", "") {
  auto book = here.prepared();
  auto waiting = std::async(std::launch::async, [&] {
    return book.wait_for(watermark::durable, event_seq{9}, patience);
  });
  // Behind the question in the book's mailbox, or before it: either is answered.
  must(book.frontier());
  must(here.node().stop_book("bank"));
  REQUIRE_FALSE(waiting.get());
}

DAYBOOK_CASE("the status of a book counts what it did", "") {
  auto book = here.prepared();
  sell(book, "k", 100);
  auto now = must(book.status());
  CHECK(now.name == "bank");
  CHECK(now.durable == event_seq{104});
  CHECK(now.accounts == 3);
  CHECK(now.assets == 1);
  CHECK(now.events == 104);
  CHECK(now.batches >= 5);
  CHECK(now.syncs >= now.batches);
  CHECK_FALSE(now.read_only);
  here.restart();
  auto later = must(here.book().status());
  CHECK(later.epoch > now.epoch);
  CHECK(later.id == now.id);
  CHECK(later.durable == now.durable);
}

} // namespace

} // namespace daybook::test
