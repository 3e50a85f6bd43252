#include "fixture.hpp"

#include <functional>
#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

result<void> restore(book_machine& machine, const snapshot& x) {
  if (auto ok = machine.restore(x.header); !ok)
    return ok;
  return machine.restore(x.accounts);
}

/// Three batches: 1 to 6, 7 to 9, 10 to 11.
struct history : small_book {
  history() {
    accept(sale("1", 30));
    accept(account_closing{"bank"});
    accept(account("new"));
    commit(timestamp{10});
    before = snapshot_of(machine);
    accept(transfer("2", {debit("new", 7), credit("cash", 7)}));
    accept(reversal{"3", event_seq{7}, {}, {}, {}});
    commit(timestamp{20});
  }

  snapshot before;
};

} // namespace

TEST_CASE("a restored state is the state") {
  history book;
  auto x = snapshot_of(book.machine);
  CHECK(x.header.seq == event_seq{11});
  CHECK(x.header.accounts == 5);
  CHECK(x.header.chain == hash_number(3));
  CHECK(x.header.assets[0] ==
        asset_state{{"EUR", asset_class::fiat, 2, "Euro"}, event_seq{1}, amount{67}, amount{67}});
  CHECK(x.accounts[1].closed);
  CHECK(x.accounts[1].changed_at == event_seq{8});
  CHECK(x.accounts[4].balance == amount{7});
  book_machine again{{}};
  REQUIRE(restore(again, x));
  CHECK(snapshot_of(again) == x);
  CHECK(again.id() == book.id);
  CHECK(again.durable_seq() == event_seq{11});
  CHECK(again.staged_events() == 0);
  CHECK(again.last_batch().chain == hash_number(3));
  CHECK(again.last_batch().epoch == book.epoch);
}

TEST_CASE("a restored book goes on where it was", "[I3][I4][I5][I9]") {
  history book;
  auto again = machine_of(book.id, writer_epoch{4});
  REQUIRE(restore(again, book.before));
  SECTION("with all keys of the log") { book.replay_into(again); }
  SECTION("with the keys that the index has not") {
    again.keys_are_indexed(event_seq{6});
    book.replay_into(again, 1);
  }
  CHECK(snapshot_of(again) == snapshot_of(book.machine));
  CHECK(again.last_batch() == book.machine.last_batch());
  auto first = sale("1", 30);
  CHECK(again.stage(first, book.known_of(first)).value().seq == event_seq{7});
  reversal second{"4", event_seq{7}, {}, {}, {}};
  questions asked;
  again.ask(second, asked);
  CHECK(refusal_of(again.stage(second, answers_to(asked, book.events))).code() ==
        ec::already_reversed);
  auto next = sale("5");
  questions about_next;
  again.ask(next, about_next);
  CHECK(again.stage(next, answers_to(about_next, book.events)).value().seq == event_seq{12});
  CHECK(again.seal(timestamp{}).committed_at == timestamp{20});
}

TEST_CASE("a restored book without replay needs the index for all keys", "[I5]") {
  history book;
  auto again = machine_of(book.id, writer_epoch{4}, {.hot_keys_max = 4});
  REQUIRE(restore(again, snapshot_of(book.machine)));
  again.keys_are_indexed(event_seq{11});
  auto old = sale("1", 30);
  questions asked;
  again.ask(old, asked);
  REQUIRE(asked.keys.size() == 1);
  key_map index{{asked.keys[0], *book.machine.find_key(asked.keys[0])}};
  CHECK(again.stage(old, answers_to(asked, book.events, index)).value().seq == event_seq{7});
  // Memory has none to add: only how far they go.
  again.spill_all_keys();
  auto none = again.keys_to_spill();
  REQUIRE(none);
  CHECK(none->uses.empty());
  CHECK(none->last == event_seq{11});
}

TEST_CASE("batches that contradict the restored state are corrupt", "[I8]") {
  history book;
  auto begin = [&](const batch_info& x) {
    auto again = machine_of(book.id, writer_epoch{4});
    REQUIRE(restore(again, book.before));
    return again.begin_replay(x);
  };
  auto ours = book.batches[1];
  CHECK(begin(ours));
  CHECK(begin(book.batches[2]));
  auto changed = [](batch_info x, auto change) {
    change(x);
    return x;
  };
  for (auto& x : {changed(ours, [](auto& b) { b.first_seq = {}; }),
                  changed(ours, [](auto& b) { b.first_seq = event_seq{11}; }),
                  changed(ours, [](auto& b) { b.epoch = writer_epoch{4}; }),
                  changed(ours, [](auto& b) { b.committed_at = timestamp{11}; }),
                  changed(book.batches[2], [](auto& b) { b.epoch = writer_epoch{2}; }),
                  changed(book.batches[2], [](auto& b) { b.committed_at = timestamp{9}; })})
    CHECK(refusal_of(begin(x)).code() == ec::corrupt);
}

TEST_CASE("a snapshot of another log is found when its last event is replayed", "[I8]") {
  history book;
  auto last_of = [&](batch_info batch, bool one_more) {
    auto again = machine_of(book.id, writer_epoch{4});
    REQUIRE(restore(again, book.before));
    REQUIRE(again.begin_replay(batch));
    REQUIRE(again.replay(book.events[6]));
    REQUIRE(again.replay(book.events[7]));
    auto ok = again.replay(book.events[8]);
    return ok && one_more ? again.replay(book.events[9]) : ok;
  };
  CHECK(last_of(book.batches[1], false));
  CHECK(refusal_of(last_of(book.batches[1], true)).code() == ec::corrupt);
  auto other = book.batches[1];
  other.chain = hash_number(9);
  CHECK(refusal_of(last_of(other, false)).code() == ec::corrupt);
  other = book.batches[1];
  other.committed_at = timestamp{9};
  CHECK(refusal_of(last_of(other, false)).code() == ec::corrupt);
}

TEST_CASE("a state that contradicts itself is corrupt", "[I8]") {
  history book;
  using change = std::function<void(snapshot&)>;
  for (auto& apply : std::vector<change>{
           [](auto& x) { x.header.assets[0].definition.precision = 31; },
           [](auto& x) { x.header.assets[1].definition.id = "EUR"; },
           [](auto& x) { x.header.assets[1].registered_at = event_seq{1}; },
           [](auto& x) { x.header.assets[1].registered_at = event_seq{12}; },
           [](auto& x) { x.header.assets[0].debit_turnover = amount{68}; },
           [](auto& x) {
             x.header.assets[0].debit_turnover = x.header.assets[0].credit_turnover = amount{6};
           },
           [](auto& x) { x.header.accounts = 10; },
           [](auto& x) { x.header.accounts = 4; },
           [](auto& x) { x.header.seq = event_seq{10}; },
           [](auto& x) { x.accounts[1].definition.path = "cash"; },
           [](auto& x) { x.accounts[1].definition.asset = "USD"; },
           [](auto& x) { x.accounts[1].definition.normal_side.reset(); },
           [](auto& x) { x.accounts[1].opened_at = event_seq{3}; },
           [](auto& x) { x.accounts[1].balance = amount{1}; },
           [](auto& x) { x.accounts[4].balance = amount{8}; },
           [](auto& x) { x.accounts[4].balance = -amount{7}; },
           [](auto& x) { x.accounts[4].balance = amount::max(); },
           [](auto& x) { x.accounts[4].updated_seq = event_seq{12}; },
           [](auto& x) { x.accounts[4].updated_seq = event_seq{9}; },
           [](auto& x) { x.accounts[4].definition.max_balance = amount{6}; },
           [](auto& x) { x.accounts[4].definition.min_balance = amount{8}; },
           [](auto& x) { x.accounts[1].changed_at = {}; },
           [](auto& x) { x.accounts[1].changed_at = event_seq{12}; },
       }) {
    auto x = snapshot_of(book.machine);
    apply(x);
    book_machine again{{}};
    auto refusal = refusal_of(restore(again, x));
    CHECK(refusal.code() == ec::corrupt);
    CHECK_FALSE(refusal.get("seq").empty());
  }
}

TEST_CASE("a snapshot that lacks accounts does not open", "[I8]") {
  history book;
  book_machine again{{}};
  auto x = book.before;
  x.accounts.pop_back();
  REQUIRE(restore(again, x));
  CHECK(again.accounts() < x.header.accounts);
  CHECK(refusal_of(again.begin_replay(book.batches[2])).code() == ec::corrupt);
}
