#include "tests/support/book_fixture.hpp"

using namespace daybook;
using namespace daybook::test;

namespace {

using outcomes = std::vector<outcome>;

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

/// Keys stay until a snapshot is taken.
class roomy_book : public book_fixture {
public:
  roomy_book() : book_fixture({}, {.hot_keys_max = 1'000}) {}

  void snapshot() {
    auto answer = ask<snapshot_info>(book_, atom::snapshot_v);
    run();
    REQUIRE(answer->arrived());
  }
};

/// Keys leave memory when there are two.
class narrow_book : public book_fixture {
public:
  narrow_book() : book_fixture({}, {.hot_keys_max = 4}) {}
};

class eager_book : public book_fixture {
public:
  eager_book() : book_fixture({}, {.snapshot_events = 5}) {}
};

} // namespace

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
  hold_facts();
  auto first = commit<outcomes>(std::vector<ledger::command>{
      transfer("d", "assets:cash", "assets:bank", 1), account("assets:new")});
  run();
  // Nobody has to be asked about it, and it rests on the one before.
  auto second = commit<ledger::receipt>(account("assets:newer"));
  run();
  sync_all();
  CHECK_FALSE(second->arrived());
  release_facts();
  sync_all();
  REQUIRE(first->value().size() == 2);
  CHECK(std::get<ledger::receipt>(first->value()[1]).id.seq == event_seq{8});
  CHECK(second->value().id.seq == event_seq{9});
}

TEST_CASE_METHOD(spilling_book, "a key that cannot be looked up is an error, and posts nothing",
                 "[I5]") {
  durable_post("a");
  durable_post("b");
  durable_post("c");
  auto before = status().accepted;
  facts_fail_ = true;
  auto repeat = post("a");
  auto fresh = post("new");
  run();
  sync_all();
  CHECK(repeat->refused().code() == ec::io);
  CHECK(fresh->refused().code() == ec::io);
  CHECK(status().accepted == before);
  facts_fail_ = false;
  repeat = post("a");
  run();
  sync_all();
  CHECK(repeat->value().deduplicated);
  CHECK(repeat->value().id.seq == event_seq{4});
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

TEST_CASE_METHOD(eager_book, "writes are answered while a snapshot is being written") {
  holds_snapshots_ = true;
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  durable<ledger::receipt>(transfer("b", "assets:cash", "assets:bank", 5));
  REQUIRE(snapshots_ == std::vector<event_seq>{event_seq{5}});
  durable<ledger::receipt>(transfer("c", "assets:cash", "assets:bank", 5));
  CHECK(status().snapshot == event_seq{});
  finish_snapshot();
  CHECK(status().snapshot == event_seq{5});
}

TEST_CASE_METHOD(book_fixture, "with zero no snapshot is taken but those asked for") {
  for (int i = 0; i < 50; ++i)
    durable<ledger::receipt>(transfer("k" + std::to_string(i), "assets:cash", "assets:bank", 5));
  CHECK(snapshots_.empty());
}

TEST_CASE_METHOD(roomy_book, "a snapshot sends the keys before it to the index", "[I5]") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  CHECK(spilled_.empty());
  snapshot();
  REQUIRE(spilled_.size() == 1);
  CHECK(spilled_.back()->last == event_seq{4});
  CHECK(spilled_.back()->uses.size() == 1);
  CHECK(spilled_.back()->hurried);
  // There is room for them, so nobody has to be asked about a new one.
  CHECK(status().hot_keys == 1);
  durable<ledger::receipt>(transfer("b", "assets:cash", "assets:bank", 5));
  CHECK(asked_.empty());
}

TEST_CASE_METHOD(roomy_book, "a snapshot sends keys that are staged when they are durable",
                 "[I1][I5]") {
  auto staged = post("a");
  run();
  snapshot();
  CHECK(spilled_.empty());
  sync_all();
  CHECK(staged->arrived());
  REQUIRE(spilled_.size() == 1);
  CHECK(spilled_.back()->last == event_seq{4});
  CHECK(spilled_.back()->uses.size() == 1);
}

TEST_CASE_METHOD(narrow_book, "keys may leave memory while a write waits for facts", "[I5]") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  know_transaction(event_seq{4}, "a");
  auto second = post("b");
  run();
  hold_facts();
  // Its key is in memory, so nobody is asked about it: only about what it reverses.
  auto conflict = commit<ledger::receipt>(
      ledger::write{ledger::reversal{"a", event_seq{4}, {}, {}, {}}, {}, {}, {}, {}});
  run();
  CHECK(asked_.back().keys.empty());
  sync_all();
  CHECK(second->arrived());
  CHECK(spilled_.size() == 1);
  CHECK(status().hot_keys < 2);
  release_facts();
  CHECK(conflict->refused().code() == ec::idempotency_conflict);
}

TEST_CASE_METHOD(book_fixture,
                 "what becomes durable while a write waits for facts can be asked about", "[I5]") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  know_transaction(event_seq{4}, "a");
  know_transaction(event_seq{5}, "b");
  hold_facts();
  auto on_disk = post("b");
  run();
  std::vector<ledger::write> items(2);
  items[0].what = ledger::reversal{"r", event_seq{4}, {}, {}, {}};
  items[1].what = ledger::reversal{"s", event_seq{5}, {}, {}, {}};
  auto reversed = commit<outcomes>(write_batch{items, false});
  run();
  CHECK(asked_.back().transactions == std::vector{event_seq{4}});
  sync_all();
  REQUIRE(on_disk->arrived());
  release_facts();
  sync_all();
  CHECK(asked_.back().transactions == std::vector{event_seq{5}});
  REQUIRE(reversed->value().size() == 2);
  for (auto& one : reversed->value())
    CHECK(std::holds_alternative<ledger::receipt>(one));
  CHECK(cash() == ledger::amount{0});
}

TEST_CASE_METHOD(roomy_book, "a book that stops waits until the index has its keys", "[I5]") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  holds_spills_ = true;
  snapshot();
  auto stopped = ask_done(book_, atom::stop_v);
  run();
  CHECK_FALSE(stopped->arrived());
  CHECK(disk_.closed == 0);
  finish_spill();
  CHECK_NOTHROW(stopped->value());
  CHECK(disk_.closed == 1);
}

TEST_CASE_METHOD(roomy_book, "a book that stops waits for no index that refuses its keys") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  index_is_broken_ = true;
  snapshot();
  auto stopped = ask_done(book_, atom::stop_v);
  run();
  CHECK_NOTHROW(stopped->value());
  CHECK(disk_.closed == 1);
}

TEST_CASE_METHOD(eager_book,
                 "a snapshot that could not be written is none, and is not tried at once") {
  durable<ledger::receipt>(transfer("a", "assets:cash", "assets:bank", 5));
  snapshots_fail_ = true;
  durable<ledger::receipt>(transfer("b", "assets:cash", "assets:bank", 5));
  CHECK(snapshots_ == std::vector<event_seq>{event_seq{5}});
  CHECK(status().snapshot == event_seq{});
  snapshots_fail_ = false;
  for (int i = 6; i < 10; ++i)
    durable<ledger::receipt>(transfer(std::to_string(i), "assets:cash", "assets:bank", 5));
  CHECK(snapshots_.size() == 1);
  durable<ledger::receipt>(transfer("10", "assets:cash", "assets:bank", 5));
  CHECK(snapshots_.size() == 2);
  CHECK(status().snapshot == event_seq{10});
}

TEST_CASE_METHOD(book_fixture, "a book goes without its index until that is back", "[I7]") {
  auto tell = [this](std::uint64_t seq) {
    caf::anon_send(caf::actor_cast<feed_actor>(book_), atom::indexed_v, event_seq{seq});
    run();
    auto past = ask<account_view>(book_, atom::balance_v, std::string{"assets:cash"},
                                  moment{event_seq{3}, {}});
    run();
    CHECK(past->arrived());
    return indexed_for_reader_;
  };
  CHECK(tell(0) == event_seq{});
  CHECK(tell(3) == event_seq{3});
  CHECK(tell(0) == event_seq{});
  CHECK(tell(3) == event_seq{3});
}

TEST_CASE_METHOD(eager_book, "no more than 1,024 may wait for a snapshot", "[I12]") {
  holds_snapshots_ = true;
  std::vector<std::shared_ptr<pending_answer<snapshot_info>>> waiting;
  for (int i = 0; i < 1'024; ++i)
    waiting.push_back(ask<snapshot_info>(book_, atom::snapshot_v));
  run();
  auto refused = ask<snapshot_info>(book_, atom::snapshot_v);
  run();
  CHECK(refused->refused().code() == ec::overloaded);
  holds_snapshots_ = false;
  finish_snapshot();
  CHECK(std::ranges::all_of(waiting, [](auto& x) { return x->arrived(); }));
  auto again = ask<snapshot_info>(book_, atom::snapshot_v);
  run();
  CHECK(again->value().written);
}
