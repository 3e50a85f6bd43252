#include "node/torture/answer_record.hpp"
#include "node/torture/book_moves.hpp"
#include "node/torture/cluster_faults.hpp"
#include "node/torture/followed_events.hpp"
#include "node/torture/partitions.hpp"
#include "node/torture/schedule.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/node/torture_rig.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>

namespace daybook::node::torture {

using namespace std::chrono_literals;
using names = std::set<std::string>;

// -- schedules ------------------------------------------------------------------------------------

TEST_CASE("partitions and moves have schedules of their own, the same for the same seed") {
  torture_options options;
  options.duration = 1h;
  options.seed = 42;
  auto cuts = schedule_of(options, fault::partition);
  CHECK(cuts == schedule_of(options, fault::partition));
  CHECK(cuts.size() > 100);
  CHECK(std::ranges::all_of(cuts,
                            [](auto& x) { return x.what == fault::partition && x.lasting > 0ms; }));
  // Some are longer than nodes wait for each other, some shorter.
  CHECK(std::ranges::max(cuts, {}, &step::lasting).lasting > 6s);
  CHECK(std::ranges::min(cuts, {}, &step::lasting).lasting < 2s);
  auto moves = schedule_of(options, fault::move);
  CHECK(std::ranges::all_of(moves,
                            [](auto& x) { return x.what == fault::move && x.lasting == 0ms; }));
  CHECK(moves.size() > 100);
  options.faults = {fault::kill};
  CHECK(schedule_of(options, fault::partition).empty());
}

TEST_CASE("what is done to a network takes one, and a full disk takes a node by itself") {
  for (auto x : all_faults()) {
    auto takes_cluster = x == fault::partition || x == fault::move;
    CHECK(is_possible(x, 1) == !takes_cluster);
    CHECK(is_possible(x, 3) == (x != fault::full_disk));
  }
}

// -- partitions -----------------------------------------------------------------------------------

TEST_CASE("a partition cuts the routes of its shape") {
  auto clients = route::between(all_clients, 1);
  auto first = route::between(1, 0);
  auto second = route::between(1, 2);
  auto cut = [](cut_shape shape) { return partition{shape, 1, 2}.routes(3); };
  CHECK(cut(cut_shape::alone) == std::set{clients, first, second});
  CHECK(cut(cut_shape::from_nodes) == std::set{first, second});
  CHECK(cut(cut_shape::from_clients) == std::set{clients});
  CHECK(cut(cut_shape::pair) == std::set{second});
  CHECK(cut(cut_shape::all_nodes) == std::set{first, second, route::between(0, 2)});
  CHECK(to_string(partition{cut_shape::pair, 1, 2, cut_manner::hold}) ==
        "partition pair, node-1 and node-2, hold");
}

TEST_CASE("every partition is drawn sooner or later, and the same for the same seed") {
  std::set<std::string> drawn;
  auto chance = seeded::stream(7, 1);
  auto again = seeded::stream(7, 1);
  for (int i = 0; i < 2'000; ++i) {
    auto x = draw_partition(chance, 3);
    CHECK(x == draw_partition(again, 3));
    CHECK((x.node < 3 && x.other < 3 && x.node != x.other));
    drawn.insert(to_string(x));
  }
  // Three nodes by themselves in three shapes, six pairs, and all: each in three manners.
  CHECK(drawn.size() == 3 * (3 * 3 + 6 + 1));
}

// -- faults of a cluster --------------------------------------------------------------------------

namespace {

/// Remembers what it was asked for, and answers as the test says.
struct some_mover {
  std::mutex mutex;
  std::condition_variable asked;
  names books;
  names nodes;
  std::uint64_t calls = 0;
  result<void> answer;

  result<void> operator()(const std::string& book, const std::string& to) {
    std::lock_guard guard{mutex};
    books.insert(book);
    nodes.insert(to);
    ++calls;
    asked.notify_all();
    return answer;
  }

  void wait_for(std::uint64_t count) {
    std::unique_lock guard{mutex};
    asked.wait(guard, [&] { return calls >= count; });
  }
};

cluster_faults::setup setup_of(some_mover& mover, const std::string& directory) {
  cluster_faults::setup x;
  x.options.duration = 1h;
  x.options.fault_every = 2ms;
  x.nodes = {"node-0", "node-1"};
  x.books = {"book-0", "book-1", "book-2"};
  x.move = [&mover](const address&, const std::string& book, const std::string& to) {
    return mover(book, to);
  };
  x.events = directory + "/events";
  return x;
}

} // namespace

TEST_CASE("books are moved again and again, and what is refused in good order is no violation") {
  test::temporary_directory directory;
  auto net = network::start({nullptr, nullptr});
  REQUIRE(net);
  some_mover mover;
  auto code = GENERATE(ec::unavailable, ec::busy, ec::corrupt);
  if (GENERATE(true, false))
    mover.answer = fail(code, "no");
  cluster_faults faults{setup_of(mover, directory.path()), **net};
  faults.begin();
  mover.wait_for(60);
  faults.end();
  CHECK(mover.books == names{"book-0", "book-1", "book-2"});
  CHECK(mover.nodes == names{"node-0", "node-1"});
  CHECK(faults.done().at(fault::move) == mover.calls);
  CHECK(faults.moves().done == (mover.answer ? mover.calls : 0));
  CHECK(faults.moves().refused == (mover.answer ? 0 : mover.calls));
  auto is_violation = !mover.answer && code == ec::corrupt;
  CHECK(faults.found().count() == (is_violation ? mover.calls : 0));
}

TEST_CASE("a book is moved by the command, and why it was not is what the command says") {
  test::temporary_directory directory;
  auto program = directory.path() + "/daybook";
  auto mover = [&](const std::string& script) {
    std::ofstream{program} << "#!/bin/sh\n" << script << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    return book_mover{program, directory.path() + "/log"};
  };
  auto move = [](const book_mover& x) { return x.move({"127.0.0.1", 7}, "book-0", "node-1"); };
  SECTION("done") {
    auto x =
        mover("[ \"$*\" = 'book move --connect 127.0.0.1:7 --book book-0 --to node-1 --json' ]");
    CHECK(move(x));
  }
  SECTION("refused") {
    auto x = mover(R"(echo '{"error":"busy","message":"not now"}' >&2; exit 1)");
    auto refused = move(x).error();
    CHECK(refused.code() == ec::busy);
    CHECK(refused.message() == "not now");
    CHECK(is_clean_refusal(refused));
  }
  SECTION("ended without a word, or with others") {
    auto x = mover(GENERATE("exit 1", "kill -9 $$", "echo '{\"error\":7}' >&2; exit 1",
                            "echo nonsense >&2; exit 2"));
    auto refused = move(x).error();
    CHECK(refused.code() == ec::internal);
    CHECK_FALSE(is_clean_refusal(refused));
  }
}

// -- availability ---------------------------------------------------------------------------------

TEST_CASE("a book is available in the seconds in which it answers") {
  constexpr instant s = 1'000'000'000;
  answer_record record{2};
  record.answered(0, 5 * s); // before there were faults
  record.begin(10 * s);
  record.answered(0, 10 * s + 1);
  record.answered(0, 10 * s + 2);
  record.answered(0, 12 * s);
  record.answered(0, 11 * s); // somebody else's, told later
  record.answered(1, 13 * s);
  record.end(14 * s);
  record.answered(0, 15 * s);
  auto sum = record.sum();
  CHECK(sum.seconds == 8);
  CHECK(sum.answered_seconds == 3);
  CHECK(sum.longest_silence == 3 * s);
}

TEST_CASE("a book that never answers is silent all the time") {
  answer_record record{1};
  record.begin(1);
  record.end(2'000'000'001);
  CHECK(record.sum().longest_silence == 2'000'000'000);
  CHECK(record.sum().answered_seconds == 0);
}

TEST_CASE("books are written again when each has accepted what was sent since") {
  answer_record record{2};
  record.written(0, 20);
  record.written(0, 15);
  CHECK_FALSE(record.all_written_since(10));
  record.written(1, 11);
  CHECK(record.all_written_since(10));
  CHECK_FALSE(record.all_written_since(11));
}

// -- followers ------------------------------------------------------------------------------------

namespace {

/// A follower that was told everything, until a test changes something.
struct followed_rig : torture_rig {
  followed_rig() {
    for (int i = 0; i < 5; ++i)
      write(0, 10 * i + 1, 10 * i + 2);
  }

  names judge_follower(const std::vector<logged_event>& told) {
    followed_events followed{"book"};
    for (auto& x : told)
      followed.take(x.seq, x.epoch, x.chain);
    violations ignored;
    log_image image{facts, ignored};
    for (auto& event : log)
      image.add(event);
    image.finish();
    followed.check(image);
    names found;
    for (auto& x : followed.found().kept())
      found.insert(x.what);
    return found;
  }
};

} // namespace

TEST_CASE("a follower is told all events once and in order, as the log has them") {
  followed_rig rig;
  auto told = rig.log;
  names expected;
  SECTION("so it is") {}
  SECTION("one twice") {
    told.push_back(told.back());
    expected = {"followed_twice"};
  }
  SECTION("one never") {
    told.erase(told.end() - 2);
    expected = {"followed_gap"};
  }
  SECTION("the last one not") {
    told.pop_back();
    expected = {"followed_gap"};
  }
  SECTION("one that is gone") {
    rig.log.pop_back();
    expected = {"lost_write"};
  }
  SECTION("one with another epoch") {
    ++told.back().epoch;
    expected = {"followed_other"};
  }
  SECTION("one with another chain") {
    ++told.back().chain;
    expected = {"followed_other"};
  }
  CHECK(rig.judge_follower(told) == expected);
}

// -- two owners -----------------------------------------------------------------------------------

TEST_CASE("two that write one book are found, whichever log stays [I10]") {
  torture_rig rig;
  auto stays = rig.next_key(0);
  auto other = rig.next_key(1);
  auto seq = rig.append(stays);
  auto kept = rig.receipt(seq);
  // The other one acknowledges the same event as something else.
  auto lost = kept;
  lost.number = other.number;
  auto transfer = transfer_of(rig.facts.seed, other, rig.facts.accounts);
  lost.balances = {transfer.amount, -transfer.amount};
  rig.add(0, action::write, 10, 20).answers = {kept};
  rig.add(1, action::write, 30, 40).answers = {lost};
  auto found = rig.judge();
  CHECK(found.contains("two_contents"));
  CHECK(found.contains("lost_write"));
}

TEST_CASE("a writer that was replaced and goes on answering is found [I10]") {
  torture_rig rig;
  rig.epoch = 2;
  auto seq = rig.write(0, 10, 20);
  SECTION("it says where it is") {
    rig.epoch = 1;
    rig.frontier(1, seq, 30, 40);
    CHECK(rig.judge() == names{"epoch_went_back"});
  }
  SECTION("it accepts") {
    rig.epoch = 1;
    rig.write(1, 30, 40);
    CHECK(rig.judge() == names{"epoch_went_back"});
  }
  SECTION("it answered before") {
    rig.frontier(1, seq, 15, 40).epoch = 1;
    CHECK(rig.judge() == names{});
  }
}

TEST_CASE("an epoch that a reader saw counts") {
  torture_rig rig;
  rig.epoch = 3;
  rig.frontier(0, torture_rig::definitions, 1, 2);
  rig.epoch = 2;
  rig.write(1, 10, 20);
  CHECK(rig.judge() == names{"epoch_went_back"});
}

TEST_CASE("a library that asks again may be told of a repeat by its first answer") {
  torture_rig rig;
  auto seq = rig.append(rig.next_key(0));
  auto& x = rig.repeat(seq, 10, 20);
  CHECK(rig.judge() == names{"repeated_unsent"});
  x.retries = true;
  CHECK(rig.judge() == names{});
}

} // namespace daybook::node::torture
