#include "fixture.hpp"

#include <algorithm>
#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

/// A book that keeps about four keys in memory.
struct small_memory : small_book {
  explicit small_memory(std::size_t hot_keys_max = 4)
      : small_book({.hot_keys_max = hot_keys_max}) {}

  event_seq indexed; ///< what was handed out

  void sell(int from, int to) {
    for (auto i = from; i < to; ++i)
      accept(sale(std::to_string(i)));
  }

  /// What the book does when a snapshot was taken.
  void spill_all() {
    machine.spill_all_keys();
    auto is_hurried = false;
    while (auto old = machine.keys_to_spill()) {
      is_hurried = old->hurried;
      finish(*old);
    }
    CHECK(is_hurried);
  }

  void finish(const key_generation& x) {
    CHECK(x.after == indexed);
    indexed = x.last;
    for (auto& [key, use] : x.uses)
      CHECK((use.seq > x.after && use.seq <= x.last));
    index.insert(x.uses.begin(), x.uses.end());
    machine.forget(x);
  }
};

std::size_t asked_about(const book_machine& machine, const command& x) {
  questions asked;
  machine.ask(x, asked);
  return asked.keys.size();
}

} // namespace

TEST_CASE("a repeat is found wherever its key has gone", "[I5]") {
  small_memory book;
  book.sell(0, 1);
  book.commit();
  CHECK(book.machine.keys_to_spill() == nullptr);
  book.sell(1, 3);
  book.seal();
  CHECK(book.machine.keys_to_spill() == nullptr);
  book.sell(3, 5);
  book.sync();
  auto old = book.machine.keys_to_spill();
  REQUIRE(old);
  CHECK(old->last == event_seq{9});
  CHECK(old->epoch == book.epoch);
  CHECK(old->chain == book.batches.back().chain);
  auto all_are_known = [&](int end) {
    for (int i = 0; i < end; ++i) {
      CHECK(book.accept(sale(std::to_string(i))).seq == event_seq(7 + static_cast<unsigned>(i)));
      CHECK(book.refuse(sale(std::to_string(i), 6)).code() == ec::idempotency_conflict);
    }
  };
  all_are_known(5);
  CHECK(asked_about(book.machine, sale("new")) == 0);
  book.finish(*old);
  CHECK(asked_about(book.machine, sale("new")) == 1);
  CHECK(asked_about(book.machine, sale("0")) == 1);
  CHECK(asked_about(book.machine, sale("4")) == 0);
  all_are_known(5);
  CHECK_FALSE(book.accept(sale("new")).deduplicated);
}

TEST_CASE("what is known already is not asked again", "[I5]") {
  small_memory book;
  book.sell(0, 2);
  book.commit();
  book.finish(*book.machine.keys_to_spill());
  reversal x{"back", event_seq{7}, {}, {}, {}};
  questions asked;
  book.machine.ask(x, asked);
  CHECK(asked.keys.size() == 2);
  CHECK(asked.transactions.size() == 1);
  questions again;
  book.machine.ask(x, again, answers_to(asked, book.events, book.index));
  CHECK(again.empty());
}

TEST_CASE("memory is bounded while keys wait for the index", "[I12]") {
  small_memory book;
  book.sell(0, 3);
  book.commit();
  auto old = book.machine.keys_to_spill();
  book.sell(3, 7);
  auto refusal = book.refuse(sale("7"));
  CHECK(refusal.code() == ec::overloaded);
  CHECK(refusal.get("what") == "keys");
  CHECK(refusal.get("limit") == "4");
  CHECK(book.machine.hot_keys() == 7);
  CHECK(book.accept(sale("0")).deduplicated);
  CHECK(book.accept(sale("6")).deduplicated);
  book.commit();
  CHECK(book.machine.keys_to_spill() == nullptr);
  CHECK(book.machine.hot_keys() == 7);
  book.finish(*old);
  book.sell(7, 8);
  book.commit();
  CHECK(book.machine.keys_to_spill()->uses.size() == 5);
}

TEST_CASE("a reversal needs room for two keys", "[I12]") {
  small_memory book;
  book.sell(0, 3);
  book.commit();
  auto old = book.machine.keys_to_spill();
  book.sell(3, 6);
  reversal x{"back", event_seq{7}, {}, {}, {}};
  CHECK(book.refuse(x).code() == ec::overloaded);
  book.finish(*old);
  book.accept(x);
}

TEST_CASE("all keys are spilled when that is asked for") {
  small_memory book;
  book.sell(0, 1);
  book.commit();
  CHECK(book.machine.keys_to_spill() == nullptr);
  book.machine.spill_all_keys();
  auto old = book.machine.keys_to_spill();
  REQUIRE(old);
  CHECK(old->hurried);
  CHECK(old->uses.size() == 1);
  CHECK(old->last == event_seq{7});
  CHECK(old->chain == book.batches.back().chain);
  SECTION("once") {
    book.finish(*old);
    book.machine.spill_all_keys();
    CHECK(book.machine.keys_to_spill() == nullptr);
  }
  SECTION("after those that are on their way") {
    book.sell(1, 2);
    book.commit();
    book.machine.spill_all_keys();
    CHECK(book.machine.keys_to_spill() == nullptr);
    book.finish(*old);
    CHECK(book.machine.keys_to_spill()->last == event_seq{8});
  }
  SECTION("also when there are none, for how far they go") {
    book.finish(*old);
    book.accept(account("new"));
    book.commit();
    book.machine.spill_all_keys();
    auto none = book.machine.keys_to_spill();
    REQUIRE(none);
    CHECK(none->uses.empty());
    CHECK(none->last == event_seq{8});
  }
}

TEST_CASE("keys that went to the index by themselves are sent once more to be made durable") {
  small_memory book;
  book.sell(0, 2);
  book.commit();
  auto old = book.machine.keys_to_spill();
  REQUIRE(old);
  CHECK_FALSE(old->hurried);
  book.finish(*old);
  book.machine.spill_all_keys();
  auto none = book.machine.keys_to_spill();
  REQUIRE(none);
  CHECK(none->hurried);
  CHECK(none->uses.empty());
  CHECK(none->last == event_seq{8});
}

TEST_CASE("indexed keys stay in memory as long as they fit, and nobody is asked", "[I5][I12]") {
  small_memory book{10};
  book.sell(0, 2);
  book.commit();
  book.spill_all();
  book.sell(2, 4);
  book.commit();
  CHECK(book.machine.keys_to_spill() == nullptr);
  CHECK(book.machine.hot_keys() == 4);
  for (auto* key : {"0", "3", "new"})
    CHECK(asked_about(book.machine, sale(key)) == 0);
  CHECK(book.accept(sale("0")).seq == event_seq{7});
  CHECK(book.refuse(sale("1", 6)).code() == ec::idempotency_conflict);
  // With this one memory is half full.
  book.sell(4, 5);
  book.commit();
  auto old = book.machine.keys_to_spill();
  REQUIRE(old);
  CHECK(old->uses.size() == 3);
  book.finish(*old);
  CHECK(book.machine.hot_keys() == 0);
  CHECK(book.machine.keys_gone() == event_seq{11});
  for (auto* key : {"0", "4", "new"})
    CHECK(asked_about(book.machine, sale(key)) == 1);
  CHECK(book.accept(sale("0")).deduplicated);
}

TEST_CASE("snapshots however often leave keys where they are", "[I5][I12]") {
  small_memory book{100};
  for (int i = 0; i < 49; ++i) {
    book.sell(i, i + 1);
    book.commit();
    book.spill_all();
  }
  CHECK(book.machine.hot_keys() == 49);
  for (int i = 0; i < 49; ++i) {
    CHECK(asked_about(book.machine, sale(std::to_string(i))) == 0);
    CHECK(book.accept(sale(std::to_string(i))).seq == event_seq(7 + static_cast<unsigned>(i)));
  }
  for (int i = 49; i < 200; ++i) {
    book.sell(i, i + 1);
    book.commit();
    book.spill_all();
    CHECK(book.machine.hot_keys() <= 50);
  }
  CHECK(book.machine.keys_gone() > event_seq{});
  for (int i = 0; i < 200; ++i)
    CHECK(book.accept(sale(std::to_string(i))).deduplicated);
}

TEST_CASE("what is kept counts when memory waits for the index", "[I12]") {
  small_memory book{10};
  book.sell(0, 3);
  book.commit();
  book.spill_all();
  book.sell(3, 5);
  book.commit();
  auto old = book.machine.keys_to_spill();
  REQUIRE(old);
  book.sell(5, 12);
  CHECK(book.refuse(sale("12")).code() == ec::overloaded);
  book.finish(*old);
  book.sell(12, 13);
}

TEST_CASE("only durable uses of keys are read", "[I7]") {
  small_memory book;
  book.sell(0, 1);
  auto hash = book.machine.hash_of_key("0");
  CHECK(book.machine.find_key(hash) == nullptr);
  book.seal();
  CHECK(book.machine.find_key(hash) == nullptr);
  book.sync();
  REQUIRE(book.machine.find_key(hash));
  CHECK(book.machine.find_key(hash)->seq == event_seq{7});
  CHECK(book.machine.find_key(book.machine.hash_of_key("1")) == nullptr);
}

TEST_CASE("opening spills keys as it replays", "[I5][I9]") {
  small_memory book;
  for (int i = 0; i < 9; ++i) {
    book.sell(2 * i, 2 * i + 2);
    book.commit();
    if (auto old = book.machine.keys_to_spill())
      book.finish(*old);
  }
  auto again = machine_of(book.id, writer_epoch{4}, {.hot_keys_max = 4});
  key_map index;
  for (std::size_t i = 0; i < book.batches.size(); ++i) {
    auto end = i + 1 < book.batches.size() ? book.batches[i + 1].first_seq : event_seq{25};
    REQUIRE(again.begin_replay(book.batches[i]));
    if (auto old = again.keys_to_spill()) {
      CHECK(old->last.next() == book.batches[i].first_seq);
      CHECK(old->chain == book.batches[i - 1].chain);
      index.insert(old->uses.begin(), old->uses.end());
      again.forget(*old);
    }
    for (auto seq = book.batches[i].first_seq; seq < end; seq = seq.next())
      REQUIRE(again.replay(book.events[seq.value() - 1]));
    CHECK(again.hot_keys() <= 4);
  }
  CHECK(index.size() == 16);
  for (int i = 0; i < 18; ++i) {
    auto x = sale(std::to_string(i));
    questions asked;
    again.ask(x, asked);
    auto answer = again.stage(x, answers_to(asked, book.events, index));
    REQUIRE(answer);
    CHECK(answer->deduplicated);
    CHECK(answer->seq == event_seq(7 + static_cast<unsigned>(i)));
  }
}

TEST_CASE("keys that are indexed are left out of memory by a replay", "[I5]") {
  small_memory book;
  book.sell(0, 2);
  book.commit();
  book.sell(2, 3);
  book.commit();
  auto again = machine_of(book.id, writer_epoch{4}, {.hot_keys_max = 4});
  again.keys_are_indexed(event_seq{8});
  book.replay_into(again);
  CHECK(again.hot_keys() == 1);
  CHECK(asked_about(again, sale("0")) == 1);
  CHECK(again.stage(sale("2")).value().deduplicated);
}
