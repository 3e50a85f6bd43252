#include "tests/actors/node_fixture.hpp"

#include <algorithm>
#include <chrono>

// Books that nobody uses are closed, and opened by who asks for them.

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

class rest_fixture : public node_fixture {
public:
  void start_with(std::chrono::milliseconds idle_time, std::size_t open_books_max = 1'000) {
    node_options options;
    options.idle_time = idle_time;
    options.open_books_max = open_books_max;
    start(std::move(options));
  }

  void wait(std::chrono::milliseconds x) {
    for (; x > std::chrono::milliseconds{0}; x -= std::chrono::milliseconds{100}) {
      scheduler().advance_time(std::chrono::milliseconds{100});
      run();
    }
  }

  bool is_open(const std::string& book = "bank") {
    auto answer = ask<std::vector<book_info>>(node_, atom::books_v);
    run();
    auto& all = answer->value();
    return std::ranges::find(all, book, &book_info::name)->open;
  }

  std::size_t snapshots(const std::string& book = "bank") {
    auto files = *disk_.list("/data/books/" + book);
    return static_cast<std::size_t>(
        std::ranges::count_if(files, [](auto& x) { return x.ends_with(".snap"); }));
  }
};

using std::chrono::seconds;

} // namespace

TEST_CASE_METHOD(rest_fixture, "a book that nobody uses is closed, with a snapshot") {
  start_with(seconds{8});
  auto book = prepared_book();
  wait(seconds{4});
  CHECK(is_open());
  CHECK(snapshots() == 0);
  wait(seconds{12});
  CHECK_FALSE(is_open());
  CHECK(snapshots() == 1);
  // Whoever still has the old actor is told to ask for the book.
  CHECK(commit(book, transfer("k", "assets:cash", "assets:bank", 5))->refused().code() ==
        ec::restarting);
  auto again = open("bank", open_mode::existing)->value();
  CHECK(again != book);
  CHECK(commit(again, transfer("k", "assets:cash", "assets:bank", 5))->value().id.seq ==
        event_seq{4});
  wait(seconds{20});
  CHECK_FALSE(is_open());
  CHECK(snapshots() == 2);
}

TEST_CASE_METHOD(rest_fixture, "a write that meets a closing book is not accepted", "[I1][I5]") {
  start_with(seconds{8});
  auto book = caf::actor_cast<book_impl>(prepared_book());
  ask<snapshot_info>(caf::actor_cast<book_actor>(book), atom::snapshot_v);
  run();
  caf::scoped_actor supervisor{system_};
  auto looked = supervisor->request(book, caf::infinite, atom::rest_v, false);
  run();
  looked.receive([](bool, bool) {}, [](const caf::error& x) { FAIL(caf::to_string(x)); });
  // The book decides to close, and the disk has not heard of it when the write comes.
  auto closed = supervisor->request(book, caf::infinite, atom::rest_v, true);
  auto refused = ask<ledger::receipt>(caf::actor_cast<book_actor>(book), atom::commit_v,
                                      transfer("k", "assets:cash", "assets:bank", 5));
  run();
  auto rests = false;
  closed.receive([&](bool x, bool) { rests = x; }, [](const caf::error&) {});
  CHECK(rests);
  CHECK(refused->refused().code() == ec::restarting);
  auto again = open("bank", open_mode::existing)->value();
  auto found = ask<recorded_event>(again, atom::transaction_v, std::string{"k"});
  run();
  CHECK(found->refused().code() == ec::not_found);
}

TEST_CASE_METHOD(rest_fixture, "a book without news is closed without a snapshot") {
  start_with(seconds{8});
  prepared_book();
  wait(seconds{20});
  REQUIRE_FALSE(is_open());
  open();
  REQUIRE(is_open());
  auto before = snapshots();
  wait(seconds{20});
  CHECK_FALSE(is_open());
  CHECK(snapshots() == before);
}

TEST_CASE_METHOD(rest_fixture, "a book that is used stays open") {
  start_with(seconds{8});
  auto book = prepared_book();
  auto use = GENERATE(0, 1, 2);
  for (int i = 0; i < 10; ++i) {
    wait(seconds{4});
    if (use == 0)
      commit(book, transfer("k" + std::to_string(i), "assets:cash", "assets:bank", 5));
    else if (use == 1)
      ask<account_view>(book, atom::balance_v, std::string{"assets:cash"});
    else
      ask<frontier>(book, atom::frontier_v);
    run();
    CHECK(is_open());
  }
  // Looking how it is does not count as using it.
  for (int i = 0; i < 10; ++i) {
    wait(seconds{4});
    ask<book_status>(book, atom::status_v);
    run();
  }
  CHECK_FALSE(is_open());
}

TEST_CASE_METHOD(rest_fixture, "a book that somebody follows or holds something of stays open") {
  start_with(seconds{8});
  auto book = prepared_book();
  caf::scoped_actor who{system_};
  auto send = [&](auto... words) {
    auto asked = who->request(book, caf::infinite, words...);
    run();
    return asked;
  };
  SECTION("a subscription") {
    subscription_actor carrier;
    send(atom::subscribe_v, caf::actor_cast<subscriber_actor>(who), subscription{})
        .receive([&](subscription_actor& x) { carrier = std::move(x); }, [](const caf::error&) {});
    REQUIRE(carrier);
    wait(seconds{40});
    CHECK(is_open());
    caf::anon_send(carrier, atom::cancel_v);
  }
  SECTION("a fence") {
    fence_id fence;
    send(atom::begin_fence_v, fence_options{seconds{60}})
        .receive([&](fence_id x) { fence = x; }, [](const caf::error&) {});
    wait(seconds{40});
    CHECK(is_open());
    send(atom::cancel_fence_v, fence).receive([] {}, [](const caf::error&) {});
  }
  SECTION("a cursor") {
    cursor_request wanted;
    wanted.name = "worker";
    send(atom::open_cursor_v, wanted)
        .receive([](const cursor_info&) {}, [](const caf::error& x) { FAIL(to_string(x)); });
    wait(seconds{40});
    CHECK(is_open());
    send(atom::close_cursor_v, std::string{"worker"}).receive([] {}, [](const caf::error&) {});
  }
  wait(seconds{40});
  CHECK_FALSE(is_open());
}

TEST_CASE_METHOD(rest_fixture, "a node that keeps books open keeps them open") {
  start_with(seconds{0});
  prepared_book();
  wait(seconds{100});
  CHECK(is_open());
}

TEST_CASE_METHOD(rest_fixture, "when too many books are open, the unused ones are closed",
                 "[I12]") {
  start_with(std::chrono::minutes{10}, 3);
  for (auto* book : {"a", "b", "c"})
    open(book)->value();
  wait(seconds{20});
  CHECK(is_open("a"));
  for (auto* book : {"d", "e"})
    open(book)->value();
  for (int i = 0; i < 20; ++i) {
    wait(std::chrono::milliseconds{200});
    ask<frontier>(open("e")->value(), atom::frontier_v);
    run();
  }
  CHECK(is_open("e"));
  auto answer = ask<std::vector<book_info>>(node_, atom::books_v);
  run();
  CHECK(std::ranges::count_if(answer->value(), &book_info::open) <= 3);
}

TEST_CASE_METHOD(rest_fixture, "a book whose snapshot fails is closed all the same") {
  start_with(seconds{8});
  prepared_book();
  disk_.set({.what = operation::rename, .number = 28, .for_good = true, .alone = true});
  wait(seconds{40});
  CHECK_FALSE(is_open());
  disk_.set({.what = operation::rename, .nth = 1'000'000'000});
  CHECK(open()->value());
}
