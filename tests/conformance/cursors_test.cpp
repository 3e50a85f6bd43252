#include "actors/cursor_worker.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

// Workers that remember how far they have come.

namespace daybook::test {

namespace {

using namespace actors;

cursor_request cursor(std::string name = "worker", std::uint64_t start = 0) {
  cursor_request x;
  x.name = std::move(name);
  x.start = event_seq{start};
  return x;
}

/// A handler that keeps what it gets.
auto keep(const collector& to, next_step then = next_step::go_on) {
  return [=](const delivery& x) {
    to(x);
    return then;
  };
}

std::vector<std::uint64_t> seqs_of_all(const collector& x) {
  std::vector<std::uint64_t> seqs;
  for (auto& one : x.deliveries())
    for (auto& event : one.events)
      seqs.push_back(event.receipt.id.seq.value());
  return seqs;
}

DAYBOOK_CASE("a worker goes on while a full disk does not take its position", "") {
  using test::operation;
  constexpr int no_space = 28;
  here.options.snapshot_events = 0;
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  cursor_options options;
  options.store_every_events = 1;
  options.store_every = std::chrono::milliseconds{1};
  options.retries.first = std::chrono::milliseconds{1};
  collector all;
  auto worker = must(book.run_cursor(cursor(), options, keep(all)));
  must(book.wait_for(watermark::applied, event_seq{4}, patience, "worker"));
  disk.set({.what = operation::rename, .number = no_space, .for_good = true, .alone = true});
  must(book.commit(sale("k")));
  must(book.wait_for(watermark::applied, event_seq{5}, patience, "worker"));
  must(book.cursors()); // whoever stores positions has been told of this one
  CHECK(disk.has_failed());
  CHECK_FALSE(worker.wait_for(std::chrono::milliseconds{0}));
  disk.set({.what = operation::rename, .nth = 1'000'000'000});
  must(book.commit(sale("l")));
  must(book.wait_for(watermark::applied, event_seq{6}, patience, "worker"));
  worker.stop();
  must(worker.wait());
  CHECK(must(book.cursors()).at(0).position == event_seq{6});
}

DAYBOOK_CASE("a worker says that its last position was not stored", "") {
  using test::operation;
  here.options.snapshot_events = 0;
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  cursor_options options;
  options.store_every = std::chrono::hours{1};
  collector all;
  auto worker = must(book.run_cursor(cursor(), options, keep(all)));
  must(book.wait_for(watermark::applied, event_seq{4}, patience, "worker"));
  disk.set({.what = operation::rename, .for_good = true, .alone = true});
  worker.stop();
  refused(worker.wait(), ec::io);
}

DAYBOOK_CASE("a worker goes on where the one before it stopped", "") {
  auto book = here.prepared();
  sell(book, "k", 50);
  {
    collector seen;
    auto worker = must(book.run_cursor(cursor(), {}, keep(seen)));
    CHECK(seqs_of(seen.wait_for(event_seq{54})) == run_of(1, 54));
    worker.stop();
    CHECK(worker.position() == event_seq{54});
  }
  sell(book, "l", 10);
  here.restart();
  book = here.book();
  auto infos = must(book.cursors());
  REQUIRE(infos.size() == 1);
  CHECK(infos[0].name == "worker");
  CHECK(infos[0].position == event_seq{54});
  CHECK(infos[0].durable == event_seq{64});
  CHECK_FALSE(infos[0].held);
  collector seen;
  auto worker = must(book.run_cursor(cursor(), {}, keep(seen)));
  CHECK(seqs_of(seen.wait_for(event_seq{64})) == run_of(55, 64));
}

DAYBOOK_CASE("after a crash a worker gets everything that it had not stored, and nothing twice",
             "[I1]") {
  auto book = here.prepared();
  sell(book, "k", 100);
  cursor_options often;
  often.batch = 10;
  often.store_every_events = 20;
  often.store_every = std::chrono::hours{1};
  gate arrived;
  gate may_go_on;
  auto worker = must(book.run_cursor(cursor(), often, [=](const delivery& x) mutable {
    if (x.last >= event_seq{45}) {
      arrived.open();
      (void)may_go_on.pass();
    }
    return next_step::go_on;
  }));
  REQUIRE(arrived.pass());
  // Behind what the worker has sent before, which is stored by now.
  auto stored = must(book.cursors()).at(0).position;
  here.crash([&] {
    may_go_on.open();
    worker.stop();
  });
  book = here.book();
  auto infos = must(book.cursors());
  REQUIRE(infos.size() == 1);
  CHECK_FALSE(infos[0].held);
  CHECK(infos[0].position == stored);
  CHECK(stored >= event_seq{20});
  CHECK(stored <= event_seq{44});
  collector after_crash;
  auto next = must(book.run_cursor(cursor(), often, keep(after_crash)));
  CHECK(seqs_of(after_crash.wait_for(event_seq{104})) == run_of(stored.value() + 1, 104));
}

DAYBOOK_CASE("what a worker stored is stored, whatever happens then", "[I1]") {
  auto book = here.prepared();
  sell(book, "k", 20);
  collector seen;
  must(must(book.run_cursor(cursor(), {}, keep(seen, next_step::stop))).wait());
  auto position = must(book.cursors())[0].position;
  CHECK(position.value() == seqs_of_all(seen).back());
  here.crash();
  CHECK(must(here.book().cursors())[0].position == position);
}

DAYBOOK_CASE("a cursor has one worker at a time", "") {
  auto book = here.prepared();
  collector seen;
  auto worker = must(book.run_cursor(cursor(), {}, keep(seen)));
  CHECK(must(book.cursors())[0].held);
  for (auto& other : {book, must(here.another().book("bank"))}) {
    auto error = refused(other.run_cursor(cursor(), {}, keep(seen)), ec::busy);
    CHECK(error.get("what") == "worker");
    refused(other.remove_cursor("worker"), ec::busy);
  }
  auto free = must(book.run_cursor(cursor("another"), {}, keep(seen)));
  worker.stop();
  auto next = must(book.run_cursor(cursor(), {}, keep(seen)));
}

DAYBOOK_CASE("a cursor belongs to its filter", "") {
  auto book = here.prepared();
  collector seen;
  auto filtered = cursor();
  filtered.filter.kinds = {event_kind::transaction_posted};
  filtered.filter.account_prefixes = {bank};
  {
    sell(book, "k", 5);
    must(book.commit(transfer("wanted", bank, cash, 1)));
    auto worker = must(book.run_cursor(filtered, {}, keep(seen)));
    CHECK(seqs_of(seen.wait_for(event_seq{10})) == std::vector<std::uint64_t>{10});
  }
  refused(book.run_cursor(cursor(), {}, keep(seen)), ec::already_exists);
  here.restart();
  book = here.book();
  refused(book.run_cursor(cursor(), {}, keep(seen)), ec::already_exists);
  CHECK(must(book.cursors())[0].filter == filtered.filter);
  auto again = must(book.run_cursor(filtered, {}, keep(seen)));
}

DAYBOOK_CASE("a new cursor may begin anywhere up to the end, and not beyond", "") {
  auto book = here.prepared();
  sell(book, "k", 10);
  collector seen;
  auto error = refused(book.run_cursor(cursor("w", 16), {}, keep(seen)), ec::invalid_argument);
  CHECK(error.get("field") == "start");
  CHECK(must(book.cursors()).empty());
  auto worker = must(book.run_cursor(cursor("w", 15), {}, keep(seen)));
  must(book.commit(sale("next")));
  CHECK(seqs_of(seen.wait_for(event_seq{15})) == run_of(15, 15));
}

DAYBOOK_CASE("cursor names that break the rules are refused", "") {
  auto book = here.prepared();
  collector seen;
  for (auto& name : {std::string{}, std::string{"UPPER"}, std::string{"a/b"}, std::string{".."},
                     std::string(101, 'a')})
    refused(book.run_cursor(cursor(name), {}, keep(seen)), ec::invalid_name);
  CHECK(must(book.cursors()).empty());
}

DAYBOOK_CASE("a cursor with a filter that makes no sense is refused", "") {
  auto book = here.prepared();
  collector seen;
  auto kind = cursor();
  kind.filter.kinds = {event_kind{77}};
  CHECK(refused(book.run_cursor(kind, {}, keep(seen)), ec::invalid_argument).get("field") ==
        "filter.kinds");
  auto prefix = cursor();
  prefix.filter.account_prefixes = {"a::b"};
  CHECK(refused(book.run_cursor(prefix, {}, keep(seen)), ec::invalid_argument).get("field") ==
        "filter.account_prefixes");
  CHECK(must(book.cursors()).empty());
}

DAYBOOK_CASE("a removed cursor begins anew", "") {
  auto book = here.prepared();
  collector seen;
  must(must(book.run_cursor(cursor(), {}, keep(seen, next_step::stop))).wait());
  must(book.remove_cursor("worker"));
  CHECK(must(book.cursors()).empty());
  refused(book.remove_cursor("worker"), ec::not_found);
  collector again;
  auto worker = must(book.run_cursor(cursor(), {}, keep(again)));
  CHECK(seqs_of(again.wait_for(event_seq{4})) == run_of(1, 4));
}

DAYBOOK_CASE("what a handler wants again it gets again, and nothing else before it", "") {
  auto book = here.prepared();
  cursor_options options;
  options.batch = 2;
  options.retries.first = std::chrono::milliseconds{1};
  auto tries = std::make_shared<std::atomic<int>>(0);
  collector seen;
  auto worker = must(book.run_cursor(cursor(), options, [=](const delivery& x) {
    if (x.first == event_seq{1} && ++*tries < 4)
      return next_step::retry;
    seen(x);
    return next_step::go_on;
  }));
  CHECK(seqs_of(seen.wait_for(event_seq{4})) == run_of(1, 4));
  CHECK(*tries == 4);
}

DAYBOOK_CASE("a handler that throws ends its worker; the delivery comes again to the next one",
             "") {
  auto book = here.prepared();
  auto worker = must(book.run_cursor(cursor(), {}, [](const delivery&) -> next_step {
    throw std::runtime_error{"no paper in the printer"};
  }));
  auto ended = worker.wait_for(patience);
  REQUIRE(ended);
  auto error = refused(*ended, ec::invalid_argument);
  CHECK(error.message().find("no paper in the printer") != std::string::npos);
  CHECK(must(book.cursors())[0].position == event_seq{0});
  collector seen;
  auto next = must(book.run_cursor(cursor(), {}, keep(seen)));
  CHECK(seqs_of(seen.wait_for(event_seq{4})) == run_of(1, 4));
}

DAYBOOK_CASE("a handler may stop its worker, which ends without an error", "") {
  auto book = here.prepared();
  cursor_options one_by_one;
  one_by_one.batch = 1;
  collector seen;
  auto worker = must(book.run_cursor(cursor(), one_by_one, [=](const delivery& x) {
    seen(x);
    return x.last >= event_seq{2} ? next_step::stop : next_step::go_on;
  }));
  auto ended = worker.wait_for(patience);
  REQUIRE(ended);
  must(*ended);
  CHECK(seqs_of_all(seen) == run_of(1, 2));
  CHECK(must(book.cursors())[0].position == event_seq{2});
}

DAYBOOK_CASE("a worker says how far it is and how far behind", "") {
  auto book = here.prepared();
  sell(book, "k", 100);
  gate arrived;
  gate may_go_on;
  auto worker = must(book.run_cursor(cursor("worker", 5), {}, [=](const delivery&) mutable {
    arrived.open();
    (void)may_go_on.pass();
    return next_step::go_on;
  }));
  auto check = [&](const frontier& now, std::uint64_t position) {
    CHECK(worker.position() == event_seq{position});
    CHECK(worker.lag() == 104 - position);
    REQUIRE(now.applied.size() == 1);
    CHECK(now.applied[0].name == "worker");
    CHECK(now.applied[0].seq == event_seq{position});
    auto info = must(book.cursors()).at(0);
    CHECK(info.durable == event_seq{104});
    CHECK(info.held);
  };
  REQUIRE(arrived.pass());
  check(must(book.frontier()), 4);
  CHECK(must(book.cursors()).at(0).position == event_seq{4});
  refused(book.wait_for(watermark::applied, event_seq{5}, std::chrono::milliseconds{1}, "worker"),
          ec::timed_out);
  may_go_on.open();
  check(must(book.wait_for(watermark::applied, event_seq{104}, patience, "worker")), 104);
  worker.stop();
  auto info = must(book.cursors()).at(0);
  CHECK(info.position == event_seq{104});
  CHECK_FALSE(info.held);
  CHECK(must(book.frontier()).applied.empty());
}

DAYBOOK_CASE("what a handler wanted again comes again after a restart", "[I1]") {
  auto book = here.prepared();
  sell(book, "k", 20);
  cursor_options one_by_one;
  one_by_one.batch = 1;
  gate wanted_again;
  collector first;
  auto worker = must(book.run_cursor(cursor(), one_by_one, [=](const delivery& x) mutable {
    if (x.last > event_seq{10}) {
      wanted_again.open();
      return next_step::retry;
    }
    first(x);
    return next_step::go_on;
  }));
  REQUIRE(wanted_again.pass());
  worker.stop();
  CHECK(worker.position() == event_seq{10});
  CHECK(seqs_of_all(first) == run_of(1, 10));
  here.restart();
  book = here.book();
  CHECK(must(book.cursors()).at(0).position == event_seq{10});
  collector second;
  auto next = must(book.run_cursor(cursor(), one_by_one, keep(second)));
  CHECK(seqs_of(second.wait_for(event_seq{24})) == run_of(11, 24));
}

DAYBOOK_CASE("a damaged cursor file is an error naming it, never a fresh start", "") {
  auto book = here.prepared();
  sell(book, "k", 10);
  collector seen;
  must(must(book.run_cursor(cursor(), {}, keep(seen, next_step::stop))).wait());
  must(must(book.run_cursor(cursor("other"), {}, keep(seen, next_step::stop))).wait());
  auto path = here.book_directory() + "/cursor-worker.pos";
  auto good = files_below(here.book_directory()).at(path);
  // The magic, the version, the book, the position, the name, the checksum.
  for (std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{17}, std::size_t{24},
                         std::size_t{48}, good.size() - 1}) {
    INFO("byte " << at);
    here.restart([&] { spoil(path, at); });
    book = here.book();
    auto damaged = files_below(here.book_directory()).at(path);
    CHECK(damaged != good);
    collector none;
    auto error = refused(book.run_cursor(cursor(), {}, keep(none)), ec::corrupt);
    CHECK(error.get("file") == path);
    CHECK(none.deliveries().empty());
    // Those that are well are listed.
    auto listed = must(book.cursors());
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].name == "other");
    CHECK(files_below(here.book_directory()).at(path) == damaged);
    must(book.commit(sale("more" + std::to_string(at))));
    auto last = durable_of(book);
    collector others;
    auto other = must(book.run_cursor(cursor("other"), {}, keep(others)));
    CHECK(seqs_of(others.wait_for(last)) == run_of(last.value(), last.value()));
    other.stop();
    here.restart([&] { spoil(path, at); }); // as it was
    book = here.book();
    CHECK(must(book.cursors()).size() == 2);
  }
  spoil(path, 24);
  must(book.remove_cursor("worker"));
  collector again;
  auto next = must(book.run_cursor(cursor(), {}, keep(again)));
  auto last = durable_of(book);
  CHECK(seqs_of(again.wait_for(last)) == run_of(1, last.value()));
}

DAYBOOK_CASE("cursors do not wait for a snapshot that takes its time", "") {
  here.options.snapshot_events = 0;
  auto& disk = here.faulty_disk();
  auto book = here.prepared();
  gate arrived;
  gate may_go_on;
  std::atomic<bool> holds{true};
  // The first file that is put into its place is the snapshot.
  disk.on_change([&holds, arrived, may_go_on](operation what) mutable {
    if (what == operation::rename && holds.exchange(false)) {
      arrived.open();
      (void)may_go_on.pass();
    }
  });
  std::atomic<bool> is_written{false};
  std::thread slow{[&] { is_written = book.snapshot().has_value(); }};
  auto came = arrived.pass();
  collector seen;
  auto worker = book.run_cursor(cursor(), {}, keep(seen, next_step::stop));
  auto ended = worker ? worker->wait() : result<void>{fail(worker.error())};
  auto was_written = is_written.load();
  may_go_on.open();
  slow.join();
  disk.on_change({});
  REQUIRE(came);
  must(std::move(ended));
  CHECK_FALSE(was_written);
  CHECK(is_written);
  CHECK(must(book.cursors()).at(0).position == event_seq{4});
}

DAYBOOK_CASE("a worker that could take nothing is refused", "") {
  auto book = here.prepared();
  cursor_options none;
  none.batch = 0;
  collector seen;
  auto error = refused(book.run_cursor(cursor(), none, keep(seen)), ec::invalid_argument);
  CHECK(error.get("field") == "batch");
  CHECK(must(book.cursors()).empty());
}

DAYBOOK_CASE(
    "who wants a cursor that is held, or of another filter, changes nothing for its worker", "") {
  auto book = here.prepared();
  auto other = must(here.another().book("bank"));
  collector seen;
  collector none;
  auto worker = must(book.run_cursor(cursor(), {}, keep(seen)));
  seen.wait_for(event_seq{4});
  auto filtered = cursor();
  filtered.filter.account_prefixes = {bank};
  for (auto& who : {book, other}) {
    refused(who.run_cursor(cursor(), {}, keep(none)), ec::busy);
    refused(who.run_cursor(filtered, {}, keep(none)), ec::busy);
  }
  auto info = must(book.cursors()).at(0);
  CHECK(info.held);
  CHECK(info.filter == event_filter{});
  sell(book, "k", 20);
  CHECK(seqs_of(seen.wait_for(event_seq{24})) == run_of(1, 24));
  must(book.wait_for(watermark::applied, event_seq{24}, patience, "worker"));
  worker.stop();
  must(worker.wait());
  CHECK(must(book.cursors()).at(0).position == event_seq{24});
  CHECK(none.deliveries().empty());
  // Nor does one with another filter once it is free.
  refused(other.run_cursor(filtered, {}, keep(none)), ec::already_exists);
  CHECK(must(book.cursors()).at(0).position == event_seq{24});
}

} // namespace

} // namespace daybook::test
