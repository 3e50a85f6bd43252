#include "tests/unit/node/torture_rig.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node::torture {

namespace {

using names = std::set<std::string>;

/// Three transactions of two clients, one after the other.
struct three_writes : torture_rig {
  std::uint64_t first = write(0, 10, 20);
  std::uint64_t second = write(1, 30, 40);
  std::uint64_t third = write(0, 50, 60);
};

} // namespace

TEST_CASE("a log that says what was acknowledged is right") {
  CHECK(three_writes{}.judge() == names{});
}

TEST_CASE("an acknowledged write that is not in the log is found [I1]") {
  three_writes rig;
  SECTION("the last one") { rig.log.pop_back(); }
  SECTION("all of them") { rig.log.resize(torture_rig::definitions); }
  CHECK(rig.judge().contains("lost_write"));
}

TEST_CASE("an acknowledged write whose place was taken by another is found [I1]") {
  three_writes rig;
  rig.log.pop_back();
  auto stranger = rig.append(rig.next_key(2));
  rig.add(2, action::write, 70, 80).answers = {rig.receipt(stranger)};
  CHECK(rig.judge().contains("lost_write"));
}

TEST_CASE("a key that is in the log twice is found [I5]") {
  three_writes rig;
  rig.append(*rig.at(rig.first).key);
  CHECK(rig.judge().contains("posted_twice"));
}

TEST_CASE("a hole in the seqs is found [I3]") {
  three_writes rig;
  SECTION("one that is skipped") { rig.at(rig.third).seq += 1; }
  SECTION("one that is used twice") { rig.at(rig.third).seq -= 1; }
  SECTION("a very large one") { rig.at(rig.third).seq += 1'000'000'000'000; }
  CHECK(rig.judge().contains("gap"));
}

TEST_CASE("an epoch that goes back is found [I10]") {
  three_writes rig;
  rig.at(rig.first).epoch = 2;
  CHECK(rig.judge().contains("epoch_went_back"));
}

TEST_CASE("a time that goes back is found [I4]") {
  three_writes rig;
  rig.at(rig.second).committed_at_us = 1'000'000;
  CHECK(rig.judge().contains("time_went_back"));
}

TEST_CASE("an event with other postings than were asked for is found") {
  three_writes rig;
  SECTION("another amount") { ++rig.at(rig.second).postings[0].debit; }
  SECTION("one posting less") { rig.at(rig.second).postings.pop_back(); }
  CHECK(rig.judge().contains("other_content"));
}

TEST_CASE("an event that nobody asked for is found") {
  three_writes rig;
  SECTION("of a client that never sent it") { rig.append(rig.next_key(1)); }
  SECTION("of no client") {
    rig.append(rig.next_key(1));
    rig.log.back().key.reset();
    rig.log.back().postings.clear();
  }
  CHECK(rig.judge() == names{"foreign_event"});
}

TEST_CASE("an account that may not be overdrawn and is, is found [I6]") {
  torture_rig rig;
  key_id key{};
  auto from = [&] { return transfer_of(rig.facts.seed, key, rig.facts.accounts).from; };
  while (!is_bounded(from()))
    ++key.number;
  auto seq = rig.append(key);
  rig.add(0, action::write, 10, 20).answers = {rig.receipt(seq)};
  CHECK(rig.judge() == names{"overdrawn"});
}

TEST_CASE("what was written before the faults is counted") {
  torture_rig rig;
  rig.facts.preloaded = 3;
  for (std::uint64_t n = 0; n < 3; ++n)
    rig.append({key_id::preloader, n});
  rig.write(0, 10, 20);
  SECTION("all of it") { CHECK(rig.judge() == names{}); }
  SECTION("one less") {
    rig.facts.preloaded = 4;
    CHECK(rig.judge() == names{"lost_write"});
  }
  SECTION("one twice") {
    rig.append({key_id::preloader, 1});
    CHECK(rig.judge().contains("preloaded_twice"));
  }
}

TEST_CASE("a balance in the end that is not the sum of the postings is found [I6]") {
  three_writes rig;
  auto shown = rig.state();
  SECTION("off by one") { ++shown.accounts[2].balance; }
  SECTION("of another moment") { --shown.accounts[2].updated_seq; }
  CHECK(rig.judge(shown) == names{"other_balance"});
}

TEST_CASE("a book that ends differently in the end is found") {
  three_writes rig;
  auto shown = rig.state();
  SECTION("behind its log") {
    --shown.durable;
    CHECK(rig.judge(shown) == names{"gap"});
  }
  SECTION("an account less") {
    shown.accounts.pop_back();
    CHECK(rig.judge(shown) == names{"lost_write"});
  }
  SECTION("out of balance") {
    shown.debits_less_credits = 1;
    CHECK(rig.judge(shown) == names{"unbalanced"});
  }
}

} // namespace daybook::node::torture
