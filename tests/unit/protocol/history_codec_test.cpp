#include "protocol/history_codec.hpp"

#include "generators.hpp"
#include "oracle.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace daybook::protocol;
using Catch::Matchers::ContainsSubstring;

namespace {

history_entry random_entry() {
  auto posting = rc::gen::build<history_posting>(
      rc::gen::set(&history_posting::direction, generators::side()),
      rc::gen::set(&history_posting::value, generators::positive_amount()));
  return {.balance_after = *generators::signed_amount(),
          .committed_at = *generators::time(),
          .occurred_at = *generators::maybe(generators::time()),
          .key = *generators::text(),
          .postings =
              *rc::gen::nonEmpty(rc::gen::container<std::vector<history_posting>>(posting))};
}

asset_sums random_sums() {
  return {.debit_turnover = *generators::signed_amount(),
          .credit_turnover = *generators::signed_amount(),
          .debit_balances = *generators::signed_amount(),
          .credit_balances = *generators::signed_amount()};
}

template <class T>
std::string encoded(const T& x) {
  byte_buffer out;
  encode(x, out);
  return std::string{as_text(out)};
}

v1::HistoryEntry message(const history_entry& x) {
  v1::HistoryEntry to;
  oracle::fill(*to.mutable_balance_after(), x.balance_after);
  to.set_committed_at(x.committed_at.us());
  if (x.occurred_at)
    to.set_occurred_at(x.occurred_at->us());
  to.set_key(x.key);
  for (auto& posting : x.postings) {
    auto magnitude = static_cast<ledger::uint128>(posting.value.value());
    auto& added = *to.add_postings();
    added.set_credit(posting.direction == ledger::side::credit);
    added.set_amount_low(static_cast<std::uint64_t>(magnitude));
    added.set_amount_high(static_cast<std::uint64_t>(magnitude >> 64));
  }
  return to;
}

v1::AssetSums message(const asset_sums& x) {
  v1::AssetSums to;
  oracle::fill(*to.mutable_debit_turnover(), x.debit_turnover);
  oracle::fill(*to.mutable_credit_turnover(), x.credit_turnover);
  oracle::fill(*to.mutable_debit_balances(), x.debit_balances);
  oracle::fill(*to.mutable_credit_balances(), x.credit_balances);
  return to;
}

std::string refusal(const v1::HistoryEntry& x) {
  auto decoded = decode_history_entry(as_bytes(x.SerializeAsString()));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code() == ec::corrupt);
  return decoded.error().message();
}

const history_entry small{.balance_after = {},
                          .committed_at = {},
                          .occurred_at = {},
                          .key = {},
                          .postings = {{ledger::side::debit, ledger::amount{1}}}};

} // namespace

TEST_CASE("an entry of the history decodes to what was encoded, in protobuf's bytes") {
  REQUIRE(rc::check([] {
    auto x = random_entry();
    RC_ASSERT(encoded(x) == message(x).SerializeAsString());
    RC_ASSERT(decode_history_entry(as_bytes(encoded(x))) == x);
  }));
}

TEST_CASE("an asset's sums decode to what was encoded, in protobuf's bytes") {
  REQUIRE(rc::check([] {
    auto x = random_sums();
    RC_ASSERT(encoded(x) == message(x).SerializeAsString());
    RC_ASSERT(decode_asset_sums(as_bytes(encoded(x))) == x);
  }));
}

TEST_CASE("the largest values of the history fit where they are written") {
  history_entry x{.balance_after = -ledger::amount::max(),
                  .committed_at = timestamp{std::numeric_limits<std::int64_t>::min()},
                  .occurred_at = timestamp{std::numeric_limits<std::int64_t>::max()},
                  .key = std::string(255, 'k'),
                  .postings = {10'000, {ledger::side::credit, ledger::amount::max()}}};
  CHECK(encoded(x) == message(x).SerializeAsString());
  CHECK(decode_history_entry(as_bytes(encoded(x))) == x);
  auto most = -ledger::amount::max();
  asset_sums y{most, most, most, most};
  CHECK(decode_asset_sums(as_bytes(encoded(y))) == y);
}

TEST_CASE("the smallest values of the history are as long as the header says") {
  CHECK(encoded(small).size() == 6);
  CHECK(encoded(asset_sums{}).size() == 8);
}

TEST_CASE("encoding the history appends") {
  byte_buffer out(3, std::byte{7});
  encode(small, out);
  encode(asset_sums{}, out);
  CHECK(as_text(out) == std::string(3, '\7') + encoded(small) + encoded(asset_sums{}));
}

TEST_CASE("a damaged entry of the history is refused or is another one") {
  REQUIRE(rc::check([] {
    auto bytes = encoded(random_entry());
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    if (auto decoded = decode_history_entry(as_bytes(bytes)))
      RC_ASSERT(encoded(*decoded) == bytes);
    else
      RC_ASSERT(decoded.error().code() == ec::corrupt);
  }));
}

TEST_CASE("random bytes are no history, or an encoding") {
  REQUIRE(rc::check([](const std::string& bytes) {
    if (auto decoded = decode_history_entry(as_bytes(bytes)))
      RC_ASSERT(encoded(*decoded) == bytes);
    if (auto decoded = decode_asset_sums(as_bytes(bytes)))
      RC_ASSERT(encoded(*decoded) == bytes);
  }));
}

TEST_CASE("an entry of the history that is cut off is refused or has fewer postings") {
  REQUIRE(rc::check([] {
    auto x = random_entry();
    auto bytes = encoded(x);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      auto decoded = decode_history_entry(as_bytes(std::string_view{bytes}.substr(0, size)));
      RC_ASSERT(!decoded || decoded->postings.size() < x.postings.size());
    }
  }));
}

TEST_CASE("sums that are cut off are refused") {
  REQUIRE(rc::check([] {
    auto bytes = encoded(random_sums());
    for (std::size_t size = 0; size < bytes.size(); ++size)
      RC_ASSERT_FALSE(decode_asset_sums(as_bytes(std::string_view{bytes}.substr(0, size))));
  }));
}

TEST_CASE("an entry of the history that lacks something is refused") {
  auto x = message(small);
  SECTION("a balance") {
    x.clear_balance_after();
    CHECK_THAT(refusal(x), ContainsSubstring("amount is missing"));
  }
  SECTION("postings") {
    x.clear_postings();
    CHECK_THAT(refusal(x), ContainsSubstring("no posting"));
  }
  SECTION("a posting's amount") {
    x.mutable_postings(0)->clear_amount_low();
    CHECK_THAT(refusal(x), ContainsSubstring("no amount"));
  }
}

TEST_CASE("history of a newer version is refused") {
  for (auto bytes : {encoded(small) + "\x30\x01", std::string{"\x0a\x02\x20\x01"}}) {
    auto decoded = decode_history_entry(as_bytes(bytes));
    REQUIRE_FALSE(decoded);
    CHECK_THAT(decoded.error().message(), ContainsSubstring("newer version"));
  }
  auto sums = decode_asset_sums(as_bytes(encoded(asset_sums{}) + "\x28\x01"));
  REQUIRE_FALSE(sums);
  CHECK_THAT(sums.error().message(), ContainsSubstring("newer version"));
}
