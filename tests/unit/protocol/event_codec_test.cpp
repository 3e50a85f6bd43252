#include "protocol/event_codec.hpp"

#include "generators.hpp"
#include "oracle.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace daybook::protocol;

namespace {

std::string encoded(const ledger::stored_event& x) {
  byte_buffer out;
  encode(x.content, x.joined, out);
  return std::string{as_text(out)};
}

/// Encoded and decoded, joined or not.
void check_comes_back(const ledger::event& content) {
  for (auto joined : {false, true}) {
    ledger::stored_event x{content, joined};
    CHECK(encoded(x) == oracle::bytes(x));
    CHECK(decode(as_bytes(encoded(x))) == x);
  }
}

ledger::transaction_posted everyday_transaction() {
  return {.key = "trans-000000000000000000003530",
          .entries = {{account_no{70'000}, ledger::side::debit, ledger::amount{1'234'567}},
                      {account_no{90'001}, ledger::side::credit, ledger::amount{1'234'567}}},
          .occurred_at = timestamp{765'072'000'000'000},
          .refs = {},
          .metadata = {},
          .correlation_id = {},
          .causation_id = {},
          .reverses = {}};
}

} // namespace

TEST_CASE("an event decodes to what was encoded", "[I9]") {
  REQUIRE(rc::check([] {
    auto x = *generators::stored_event();
    auto decoded = decode(as_bytes(encoded(x)));
    RC_ASSERT(decoded.has_value());
    RC_ASSERT(*decoded == x);
  }));
}

TEST_CASE("the codec writes the bytes that protobuf writes") {
  REQUIRE(rc::check([] {
    auto x = *generators::stored_event();
    RC_ASSERT(encoded(x) == oracle::bytes(x));
  }));
}

TEST_CASE("decoding into an object leaves nothing of what was there") {
  REQUIRE(rc::check([] {
    auto before = *generators::stored_event();
    auto x = *generators::stored_event();
    RC_ASSERT(decode(as_bytes(encoded(x)), before).has_value());
    RC_ASSERT(before == x);
  }));
}

TEST_CASE("encoding appends") {
  ledger::event x{everyday_transaction()};
  byte_buffer out(3, std::byte{7});
  encode(x, false, out);
  encode(x, true, out);
  std::string before(3, '\7');
  REQUIRE(as_text(out) == before + encoded({x, false}) + encoded({x, true}));
}

TEST_CASE("amounts to the edges of 127 bits survive") {
  auto low_only = *ledger::amount::from_int128(static_cast<ledger::int128>(~std::uint64_t{0}));
  auto high_only = *ledger::amount::from_int128(ledger::int128{1} << 64);
  for (auto value : {ledger::amount{1}, low_only, high_only, ledger::amount::max()}) {
    auto x = everyday_transaction();
    x.entries[0].value = value;
    check_comes_back(x);
  }
  for (auto value : {ledger::amount{}, ledger::amount{-1}, -high_only, -ledger::amount::max()}) {
    check_comes_back(ledger::account_opened{{.path = "a",
                                             .asset = "CZK",
                                             .kind = ledger::account_kind::asset,
                                             .normal_side = ledger::side::debit,
                                             .min_balance = value,
                                             .max_balance = value},
                                            {}});
  }
}

TEST_CASE("a message that outgrows its length byte is still right") {
  for (std::size_t size : {118u, 119u, 120u, 121u, 127u, 128u, 16'383u, 16'384u, 70'000u}) {
    auto x = everyday_transaction();
    x.metadata = std::string(size, 'm');
    x.refs = {{"kind", std::string(size, 'v')}};
    check_comes_back(x);
  }
}

TEST_CASE("a transaction with two postings takes at most 70 bytes") {
  REQUIRE(encoded({everyday_transaction()}).size() <= 70);
}

TEST_CASE("ten thousand postings fit in the room that limits.hpp states") {
  auto x = everyday_transaction();
  x.entries.assign(10'000, {account_no{~0u}, ledger::side::credit, ledger::amount::max()});
  REQUIRE(encoded({x}).size() <= 10'000 * 64);
  check_comes_back(x);
}

TEST_CASE("events with the least and the most in them come back") {
  ledger::event_links most{std::string(255, 'c'), std::string(255, 'd')};
  check_comes_back(ledger::account_closed{});
  check_comes_back(ledger::account_reopened{});
  check_comes_back(ledger::account_closed{account_no{~0u}, most});
  check_comes_back(ledger::account_reopened{account_no{~0u}, most});
  check_comes_back(ledger::asset_registered{
      {std::string(255, 'a'), ledger::asset_class::other, 30, std::string(255, 'b')}, most});
  check_comes_back(ledger::account_opened{{.path = std::string(255, 'a'),
                                           .asset = std::string(255, 'b'),
                                           .kind = ledger::account_kind::clearing,
                                           .normal_side = ledger::side::credit,
                                           .min_balance = -ledger::amount::max(),
                                           .max_balance = ledger::amount::max()},
                                          most});
  auto x = everyday_transaction();
  x.reverses = event_seq{~std::uint64_t{}};
  check_comes_back(x);
}

TEST_CASE("an event that is not joined takes no byte for it") {
  auto x = everyday_transaction();
  CHECK(encoded({x, true}) == encoded({x, false}) + "\x78\x01");
}
