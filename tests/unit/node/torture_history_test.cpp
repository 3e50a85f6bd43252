#include "tests/unit/node/torture_rig.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node::torture {

namespace {

using names = std::set<std::string>;

/// One transaction of client 0, acknowledged at 20.
struct one_write : torture_rig {
  std::uint64_t seq = write(0, 10, 20);
};

} // namespace

// -- what may happen ------------------------------------------------------------------------------

TEST_CASE("an outcome that is unknown may be either") {
  torture_rig rig;
  auto written = rig.next_key(0);
  rig.turned_away(written, outcome::unknown, 10, 20);
  rig.turned_away(rig.next_key(0), outcome::unknown, 30, 40);
  auto seq = rig.append(written);
  SECTION("never asked for again") {}
  SECTION("asked for again, a repeat") { rig.repeat(seq, 50, 60); }
  CHECK(rig.judge() == names{});
}

TEST_CASE("a read at the same time as a write may show it or not") {
  torture_rig rig;
  auto seq = rig.write(0, 10, 40);
  auto shows = GENERATE(true, false);
  rig.frontier(1, shows ? seq : seq - 1, 20, 30);
  rig.read_balance(1, 0, shows ? seq : seq - 1, 31, 35);
  CHECK(rig.judge() == names{});
}

TEST_CASE("a write that was surely not accepted may be sent again") {
  torture_rig rig;
  auto key = rig.next_key(0);
  rig.turned_away(key, outcome::not_accepted, 10, 20);
  auto seq = rig.append(key);
  rig.add(0, action::write, 30, 40).answers = {rig.receipt(seq)};
  CHECK(rig.judge() == names{});
}

TEST_CASE("a node that was started anew goes on under a higher epoch") {
  one_write rig;
  rig.node_starts = {5, 30};
  rig.epoch = 2;
  rig.write(0, 40, 50);
  rig.frontier(1, rig.seq + 1, 60, 70);
  CHECK(rig.judge() == names{});
}

// -- receipts -------------------------------------------------------------------------------------

TEST_CASE("a receipt that differs from the log, or from the first one, is found [I5]") {
  one_write rig;
  auto& item =
      GENERATE(true, false) ? rig.clients[0][0].answers[0] : rig.repeat(rig.seq, 30, 40).answers[0];
  SECTION("seq") { ++item.seq; }
  SECTION("epoch") { ++item.epoch; }
  SECTION("time") { ++item.committed_at_us; }
  SECTION("chain") { ++item.chain; }
  CHECK(rig.judge() == names{"other_receipt"});
}

TEST_CASE("a receipt with a balance that is off by one is found [I6]") {
  one_write rig;
  ++rig.clients[0][0].answers[0].balances[1];
  CHECK(rig.judge() == names{"other_balance"});
}

TEST_CASE("a key that is accepted as new a second time is found [I5]") {
  one_write rig;
  rig.repeat(rig.seq, 30, 40).answers[0].repeated = false;
  CHECK(rig.judge().contains("accepted_twice"));
}

TEST_CASE("a repeat of what was never accepted is found [I5]") {
  torture_rig rig;
  auto key = rig.next_key(0);
  SECTION("never sent") {}
  SECTION("refused") { rig.turned_away(key, outcome::refused, 1, 2); }
  SECTION("turned away") { rig.turned_away(key, outcome::not_accepted, 1, 2); }
  rig.repeat(rig.append(key), 10, 20);
  CHECK(rig.judge() == names{"repeated_unsent"});
}

TEST_CASE("a key that was refused and is in the log is found [I6]") {
  torture_rig rig;
  auto key = rig.next_key(0);
  rig.turned_away(key, outcome::refused, 10, 20);
  rig.append(key);
  CHECK(rig.judge() == names{"refused_and_posted"});
}

TEST_CASE("a key that was accepted and is refused later is found [I5]") {
  one_write rig;
  rig.turned_away(*rig.at(rig.seq).key, outcome::refused, 30, 40);
  CHECK(rig.judge() == names{"refused_later"});
}

TEST_CASE("a key that is accepted with other content is found [I5]") {
  one_write rig;
  auto& x = rig.add(0, action::conflict, 30, 40);
  auto number = rig.at(rig.seq).key->number;
  SECTION("as a repeat") { x.answers = {rig.receipt(rig.seq, true)}; }
  SECTION("refused for another reason") {
    x.answers = {{.number = number, .how = outcome::refused, .error = "unbalanced"}};
  }
  CHECK(rig.judge() == names{"no_conflict"});
  x.answers = {{.number = number, .how = outcome::refused, .error = "idempotency_conflict"}};
  CHECK(rig.judge() == names{});
}

TEST_CASE("half of an atomic batch is found") {
  torture_rig rig;
  key_id first{0, 0};
  std::vector<key_id> keys{first, {0, 1}, {0, 2}};
  // The bounds are not what this is about: the first three of some client that may all be written.
  auto is_refused = [&](auto& key) {
    return is_bounded(transfer_of(rig.facts.seed, key, rig.facts.accounts).from);
  };
  while (std::ranges::any_of(keys, is_refused))
    for (auto& key : keys)
      ++key.client;
  auto& x = rig.add(keys[0].client, action::atomic, 10, 20);
  SECTION("whole") {
    for (auto& key : keys)
      rig.append(key);
    for (std::uint64_t i = 0; i < 3; ++i)
      x.answers.push_back(rig.receipt(torture_rig::definitions + 1 + i));
    CHECK(rig.judge() == names{});
  }
  auto is_unknown = [&] {
    for (auto& key : keys)
      x.answers.push_back({.number = key.number});
  };
  SECTION("not at all") {
    is_unknown();
    CHECK(rig.judge() == names{});
  }
  SECTION("without its end") {
    rig.append(keys[0]);
    rig.append(keys[1]);
    is_unknown();
    CHECK(rig.judge() == names{"half_unit"});
  }
  SECTION("without its beginning") {
    rig.append(keys[1]);
    rig.append(keys[2]);
    is_unknown();
    CHECK(rig.judge() == names{"half_unit"});
  }
  SECTION("with another event in it") {
    rig.append(keys[0]);
    auto other = rig.append(rig.next_key(1'000));
    rig.append(keys[1]);
    rig.append(keys[2]);
    is_unknown();
    rig.add(1'000, action::write, 12, 18).answers = {rig.receipt(other)};
    CHECK(rig.judge() == names{"half_unit"});
  }
}

TEST_CASE("a write under an old epoch after a new start is found [I10]") {
  one_write rig;
  rig.node_starts = {30};
  rig.write(0, 40, 50);
  CHECK(rig.judge() == names{"epoch_went_back"});
}

TEST_CASE("writes in another order than they were acknowledged are found") {
  torture_rig rig;
  auto early = rig.append(rig.next_key(0));
  auto late = rig.append(rig.next_key(1));
  rig.add(1, action::write, 10, 20).answers = {rig.receipt(late)};
  rig.add(0, action::write, 30, 40).answers = {rig.receipt(early)};
  auto found = rig.judge();
  CHECK(found.contains("order"));
}

// -- reads ----------------------------------------------------------------------------------------

TEST_CASE("a read that does not show what was acknowledged before is found [I7]") {
  one_write rig;
  auto to = transfer_of(rig.facts.seed, *rig.at(rig.seq).key, rig.facts.accounts).to;
  SECTION("of the frontier") { rig.frontier(1, rig.seq - 1, 30, 40); }
  SECTION("of a balance") { rig.read_balance(1, to, rig.seq - 1, 30, 40); }
  SECTION("by key") { rig.find(1, *rig.at(rig.seq).key, 0, 30, 40); }
  CHECK(rig.judge() == names{"stale_read"});
}

TEST_CASE("a read that shows less than an earlier read is found") {
  torture_rig rig;
  // Nobody was told of the write, but a reader saw it.
  auto key = rig.next_key(0);
  rig.turned_away(key, outcome::unknown, 10, 100);
  auto seq = rig.append(key);
  rig.frontier(1, seq, 20, 30);
  SECTION("by the same client") { rig.frontier(1, seq - 1, 40, 50); }
  SECTION("by another one") { rig.frontier(2, seq - 1, 40, 50); }
  SECTION("of something else") { rig.find(2, key, 0, 40, 50); }
  CHECK(rig.judge() == names{"stale_read"});
}

TEST_CASE("reads at the same time may show different moments") {
  torture_rig rig;
  auto key = rig.next_key(0);
  rig.turned_away(key, outcome::unknown, 10, 100);
  auto seq = rig.append(key);
  rig.frontier(1, seq, 20, 45);
  rig.frontier(2, seq - 1, 40, 50);
  CHECK(rig.judge() == names{});
}

TEST_CASE("a read that shows what nobody had asked for is found") {
  torture_rig rig;
  auto key = rig.next_key(0);
  auto seq = rig.append(key);
  SECTION("the frontier") { rig.frontier(1, seq, 10, 20); }
  SECTION("a balance") {
    auto to = transfer_of(rig.facts.seed, key, rig.facts.accounts).to;
    rig.read_balance(1, to, seq, 10, 20);
  }
  SECTION("a key") { rig.find(1, key, seq, 10, 20); }
  rig.add(0, action::write, 30, 40).answers = {rig.receipt(seq)};
  CHECK(rig.judge().contains("from_the_future"));
}

TEST_CASE("a read of more than there is, is found [I7]") {
  one_write rig;
  rig.frontier(1, rig.seq + 1, 15, 17);
  CHECK(rig.judge() == names{"lost_write"});
}

TEST_CASE("a balance that is off by one is found [I6]") {
  one_write rig;
  auto& x = rig.read_balance(1, 0, rig.seq, 30, 40);
  CHECK(rig.judge() == names{});
  ++x.balance;
  CHECK(rig.judge() == names{"other_balance"});
}

TEST_CASE("a key that is found elsewhere is found [I5]") {
  one_write rig;
  auto other = rig.write(1, 21, 25);
  rig.find(1, *rig.at(rig.seq).key, other, 30, 40);
  CHECK(rig.judge() == names{"other_receipt"});
}

TEST_CASE("totals that do not balance are found [I6]") {
  one_write rig;
  rig.add(1, action::totals, 30, 40).balance = 1;
  CHECK(rig.judge() == names{"unbalanced"});
}

TEST_CASE("a book that calls itself corrupt is found") {
  one_write rig;
  SECTION("to a reader") { rig.add(1, action::frontier, 30, 40).error = "corrupt"; }
  SECTION("to a writer") {
    rig.turned_away(rig.next_key(0), outcome::unknown, 30, 40).answers[0].error = "corrupt";
  }
  CHECK(rig.judge() == names{"corrupt"});
}

TEST_CASE("a read without an answer says nothing") {
  one_write rig;
  rig.add(1, action::frontier, 30, 40).error = "io";
  CHECK(rig.judge() == names{});
}

// -- order ----------------------------------------------------------------------------------------

TEST_CASE("a client that does two things at a time is no history") {
  one_write rig;
  rig.write(0, 15, 30);
  CHECK(rig.judge() == names{"history out of order"});
}

} // namespace daybook::node::torture
