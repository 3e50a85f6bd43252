#include "actors/client_fence.hpp"
#include "actors/client_follow.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/picture.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

// What is there again after the node was stopped, died, or lost what can be rebuilt.

namespace daybook::test {

namespace {

namespace fs = std::filesystem;

/// A bit of everything.
void live(const book_client& book) {
  sell(book, "a", 30);
  must(book.commit_atomic({asked(asset("EUR")), asked(sale("b")), caused_by(1, sale("c"))}));
  auto reversed = must(book.commit(sale("d", 17))).id.seq;
  ledger::reversal back;
  back.key = "e";
  back.of = reversed;
  must(book.reverse(back));
  must(book.open_account(floored("assets:old", 0)));
  must(book.close_account({"assets:old"}));
  auto fence = must(book.begin_fence());
  must(fence.submit({asked(sale("f", 3)), asked(transfer("g", bank, cash, 2))}));
  must(fence.commit());
}

void remove_snapshots(const subject& here) {
  auto snapshots = snapshots_of(here);
  CHECK_FALSE(snapshots.empty());
  for (auto& path : snapshots)
    fs::remove(path);
}

DAYBOOK_CASE("a restart changes nothing that a reader can see", "[I9]") {
  auto book = here.prepared();
  live(book);
  auto before = picture_of(book);
  for (int i = 0; i < 2; ++i) {
    here.restart();
    check_same(picture_of(here.book()), before);
  }
}

DAYBOOK_CASE("the death of the process takes nothing that was acknowledged", "[I1][I8]") {
  auto book = here.prepared();
  live(book);
  auto before = picture_of(book);
  here.crash();
  check_same(picture_of(here.book()), before);
  must(here.book().commit(sale("life goes on")));
}

DAYBOOK_CASE("what was acknowledged before the process died under load is there", "[I1][I5]") {
  auto book = here.prepared();
  std::vector<ledger::receipt> receipts(2'000);
  std::atomic<std::size_t> acknowledged{0};
  std::thread writer{[&] {
    for (std::size_t i = 0; i < receipts.size(); ++i) {
      auto receipt = patiently([&] { return book.commit(sale("k" + std::to_string(i))); });
      if (!receipt)
        return;
      receipts[i] = *receipt;
      acknowledged = i + 1;
    }
  }};
  auto is_under_load = comes_true([&] { return acknowledged >= 300; });
  // The copy is begun after this: it has these and maybe more.
  std::size_t before = acknowledged;
  here.crash();
  writer.join();
  REQUIRE(is_under_load);
  CHECK(before < receipts.size());
  book = here.book();
  auto durable = durable_of(book).value();
  CHECK(durable >= 4 + before);
  CHECK(balance_of(book, cash) == static_cast<std::int64_t>(durable - 4));
  for (std::size_t i = 0; i < before; ++i)
    REQUIRE(is_repeat_of(must(book.commit(sale("k" + std::to_string(i)))), receipts[i]));
  CHECK(durable_of(book) == event_seq{durable});
}

DAYBOOK_CASE("a book opened from a snapshot is the book opened from its log", "[I9]") {
  auto book = here.prepared();
  live(book);
  CHECK(must(book.snapshot()).seq == durable_of(book));
  must(book.commit(sale("after the snapshot")));
  auto before = picture_of(book);
  here.restart();
  CHECK(must(here.book().status()).snapshot > event_seq{0});
  check_same(picture_of(here.book()), before);
  here.restart([&] { remove_snapshots(here); });
  check_same(picture_of(here.book()), before);
}

DAYBOOK_CASE("a snapshot says what it wrote, and is not written twice", "") {
  auto book = here.prepared();
  sell(book, "k", 10);
  auto first = must(book.snapshot());
  CHECK(first.seq == event_seq{14});
  CHECK(first.written);
  CHECK(first.bytes > 0);
  auto again = must(book.snapshot());
  CHECK(again.seq == event_seq{14});
  CHECK_FALSE(again.written);
  must(book.commit(sale("more")));
  CHECK(must(book.snapshot()).written);
}

DAYBOOK_CASE("snapshots are taken by themselves, and two are kept", "[I12]") {
  here.options.snapshot_events = 50;
  auto book = here.prepared();
  sell(book, "k", 600);
  auto last = must(book.snapshot()).seq;
  here.restart();
  std::size_t found = 0;
  for (auto& entry : fs::directory_iterator{here.book_directory()})
    found += entry.path().extension() == ".snap";
  CHECK(found == 2);
  CHECK(must(here.book().status()).snapshot == last);
}

DAYBOOK_CASE("a bad snapshot is passed over for the older one, or the log", "[I9]") {
  auto book = here.prepared();
  live(book);
  must(book.snapshot());
  sell(book, "more", 20);
  must(book.snapshot());
  auto before = picture_of(book);
  auto spoil_newest = [&](std::size_t how_many) {
    auto snapshots = snapshots_of(here);
    REQUIRE(snapshots.size() >= how_many);
    std::ranges::reverse(snapshots);
    for (std::size_t i = 0; i < how_many; ++i)
      spoil(snapshots[i], fs::file_size(snapshots[i]) / 2 + how_many);
  };
  here.restart([&] { spoil_newest(1); });
  check_same(picture_of(here.book()), before);
  here.restart([&] { spoil_newest(2); });
  check_same(picture_of(here.book()), before);
}

DAYBOOK_CASE("everything but the log can be deleted", "[I9]") {
  auto book = here.prepared();
  live(book);
  must(book.snapshot());
  must(book.commit(sale("after")));
  auto before = picture_of(book);
  here.restart([&] {
    remove_snapshots(here);
    fs::remove_all(here.data() + "/index");
  });
  check_same(picture_of(here.book()), before);
}

DAYBOOK_CASE("damage in the log is found, named, and changes nothing", "[I8][I11]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  auto segment = here.book_directory() + "/segment-00000000000000000001.log";
  fs::file_time_type damaged_at;
  here.restart([&] {
    fs::remove_all(fs::path{here.data() + "/index"});
    std::fstream file{segment, std::ios::in | std::ios::out | std::ios::binary};
    REQUIRE(file);
    file.seekp(4096 + 150);
    file.put('\x7f').put('\x01').put('\x7f');
    file.close();
    damaged_at = fs::last_write_time(segment);
  });
  auto error = refused(here.node().book("bank"), ec::corrupt);
  CHECK(std::string{error.get("file")}.find("segment-") != std::string::npos);
  CHECK_FALSE(error.get("offset").empty());
  CHECK(fs::last_write_time(segment) == damaged_at);
  must(here.node().book("another"));
}

DAYBOOK_CASE("a book that was stopped is opened by the next who asks", "[I10]") {
  auto book = here.prepared();
  auto first = must(book.commit(sale("k")));
  must(here.node().stop_book("bank"));
  auto infos = must(here.node().books());
  REQUIRE(infos.size() == 1);
  CHECK_FALSE(infos[0].open);
  must(book.commit(sale("l")));
  auto again = must(here.node().book("bank", actors::open_mode::existing));
  CHECK(is_repeat_of(must(again.commit(sale("k"))), first));
  CHECK(must(again.status()).epoch > first.epoch);
}

DAYBOOK_CASE("a book opened to be read answers and takes no writes", "[I10]") {
  auto book = here.prepared();
  live(book);
  auto before = picture_of(book);
  auto entries = must(book.history({cash, {}, 100})).entries.size();
  here.options.read_only = true;
  here.restart();
  book = must(here.node().book("bank", actors::open_mode::existing));
  check_same(picture_of(book), before);
  CHECK(must(book.status()).read_only);
  CHECK(entries > 30);
  CHECK(must(book.history({cash, {}, 100})).entries.size() == entries);
  CHECK(balance_of(book, cash, after(event_seq{14})) == 10);
  refused(book.commit(sale("k")), ec::read_only);
  refused(book.commit_atomic({asked(sale("k"))}), ec::read_only);
  refused(book.begin_fence(), ec::read_only);
  refused(book.close_account({bank}), ec::read_only);
  here.options.read_only = false;
  here.restart();
  check_same(picture_of(here.book()), before);
}

DAYBOOK_CASE("a directory has one writer, and any number of readers beside it", "[I10]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  auto options = here.options;
  CHECK(refused(client::open(options), ec::locked).get("path").starts_with(here.data()));
  options.read_only = true;
  auto reader = must(client::open(options));
  auto seen = must(reader.book("bank", actors::open_mode::existing));
  CHECK(durable_of(seen) == event_seq{54});
  CHECK(balance_of(seen, cash) == 50);
  refused(seen.commit(sale("k")), ec::read_only);
  refused(reader.book("new"), ec::read_only);
  refused(reader.book("new", actors::open_mode::existing), ec::not_found);
  must(must(here.node().book("new")).register_asset(asset()));
  CHECK(durable_of(must(reader.book("new", actors::open_mode::existing))) == event_seq{1});
  CHECK(must(reader.books()).size() == 2);
  must(here.node().book("later"));
  CHECK(must(reader.books()).size() == 3);
  sell(book, "l", 50);
  CHECK(balance_of(book, cash) == 100);
  here.restart();
  CHECK(balance_of(here.book(), cash) == 100);
}

DAYBOOK_CASE("who reads beside a writer takes in what became durable since", "[I7]") {
  auto book = here.prepared();
  sell(book, "k", 50);
  auto options = here.options;
  options.read_only = true;
  auto reader = must(client::open(options));
  auto seen = must(reader.book("bank", actors::open_mode::existing));
  collector all;
  actors::subscription from_the_first;
  auto follower = must(seen.subscribe(from_the_first, all));
  all.wait_for(event_seq{54});
  sell(book, "l", 50);
  must(book.commit(transfer("back", bank, cash, 7)));
  CHECK(balance_of(seen, cash) == 50);
  CHECK(must(seen.refresh()).durable == event_seq{105});
  CHECK(balance_of(seen, cash) == balance_of(book, cash));
  CHECK(must(seen.transaction_by_key("back")).receipt.id.seq == event_seq{105});
  CHECK(all.wait_for(event_seq{105}).size() == 105);
  CHECK(must(book.refresh()).durable == event_seq{105});
}

DAYBOOK_CASE("many segments are one log", "[I3]") {
  here.options.log.segment_bytes = 8 * 1024;
  auto book = here.prepared();
  sell(book, "k", 1'000);
  std::size_t segments = 0;
  for (auto& entry : fs::directory_iterator{here.book_directory()})
    segments += entry.path().extension() == ".log";
  CHECK(segments > 3);
  auto before = picture_of(book);
  here.crash();
  check_same(picture_of(here.book()), before);
  CHECK(must(here.book().commit(sale("next"))).id.seq == event_seq{1'005});
}

} // namespace

} // namespace daybook::test
