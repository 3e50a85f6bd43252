#include "protocol/snapshot_codec.hpp"

#include "generators.hpp"
#include "oracle.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace daybook::protocol;

namespace {

using ledger::account_state;
using ledger::asset_state;
using ledger::book_state_header;

result<snapshot_chunk> decode_chunk(byte_span bytes) {
  // What is left of another chunk is not to be seen.
  snapshot_chunk x{account_no{7}, std::vector<account_state>(3)};
  for (auto& account : x.accounts)
    account = {.definition = {.path = "left",
                              .asset = "over",
                              .kind = ledger::account_kind::clearing,
                              .normal_side = ledger::side::credit,
                              .min_balance = ledger::amount{1},
                              .max_balance = ledger::amount{2}},
               .opened_at = event_seq{3},
               .balance = ledger::amount{4},
               .updated_seq = event_seq{5},
               .closed = true,
               .changed_at = event_seq{6}};
  return decode(bytes, x).map([&] { return x; });
}

rc::Gen<asset_state> asset() {
  return rc::gen::build<asset_state>(
      rc::gen::set(&asset_state::definition, generators::asset()),
      rc::gen::set(&asset_state::registered_at, generators::seq()),
      rc::gen::set(&asset_state::debit_turnover, generators::signed_amount()),
      rc::gen::set(&asset_state::credit_turnover, generators::signed_amount()));
}

rc::Gen<account_state> account() {
  return rc::gen::build<account_state>(
      rc::gen::set(&account_state::definition, generators::account()),
      rc::gen::set(&account_state::opened_at, generators::seq()),
      rc::gen::set(&account_state::balance, generators::signed_amount()),
      rc::gen::set(&account_state::updated_seq, generators::seq()),
      rc::gen::set(&account_state::closed),
      rc::gen::set(&account_state::changed_at, generators::seq()));
}

book_state_header random_header() {
  book_state_header x;
  x.book = book_id{*rc::gen::arbitrary<std::uint64_t>()};
  x.epoch = writer_epoch{*generators::number<std::uint64_t>()};
  x.seq = *generators::seq();
  for (auto& byte : x.chain)
    byte = static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
  x.committed_at = timestamp{*rc::gen::arbitrary<std::int64_t>()};
  x.accounts = *generators::number<std::uint64_t>();
  x.assets = *rc::gen::container<std::vector<asset_state>>(asset());
  return x;
}

snapshot_chunk random_chunk() {
  return {.first = account_no{*generators::number<std::uint32_t>()},
          .accounts = *rc::gen::container<std::vector<account_state>>(account())};
}

template <class T>
std::string encoded(const T& x) {
  byte_buffer out;
  encode(x, out);
  return std::string{as_text(out)};
}

v1::SnapshotHeader message(const book_state_header& x) {
  v1::SnapshotHeader to;
  to.set_book(x.book.value());
  to.set_epoch(x.epoch.value());
  to.set_seq(x.seq.value());
  to.set_chain(std::string{as_text(x.chain)});
  to.set_committed_at(x.committed_at.us());
  to.set_accounts(x.accounts);
  for (auto& asset : x.assets) {
    auto& added = *to.add_assets();
    oracle::fill(*added.mutable_definition(), asset.definition);
    added.set_registered_at(asset.registered_at.value());
    oracle::fill(*added.mutable_debit_turnover(), asset.debit_turnover);
    oracle::fill(*added.mutable_credit_turnover(), asset.credit_turnover);
  }
  return to;
}

v1::SnapshotChunk message(const snapshot_chunk& x) {
  v1::SnapshotChunk to;
  to.set_first(x.first.value());
  for (auto& account : x.accounts) {
    auto& added = *to.add_accounts();
    oracle::fill(*added.mutable_definition(), account.definition);
    added.set_opened_at(account.opened_at.value());
    oracle::fill(*added.mutable_balance(), account.balance);
    added.set_updated(account.updated_seq.value());
    added.set_closed(account.closed);
    added.set_changed_at(account.changed_at.value());
  }
  return to;
}

} // namespace

TEST_CASE("a snapshot's header decodes to what was encoded, in protobuf's bytes") {
  REQUIRE(rc::check([] {
    auto x = random_header();
    RC_ASSERT(encoded(x) == message(x).SerializeAsString());
    RC_ASSERT(decode_snapshot_header(as_bytes(encoded(x))) == x);
  }));
}

TEST_CASE("a snapshot's accounts decode to what was encoded, in protobuf's bytes") {
  REQUIRE(rc::check([] {
    auto x = random_chunk();
    RC_ASSERT(encoded(x) == message(x).SerializeAsString());
    RC_ASSERT(decode_chunk(as_bytes(encoded(x))) == x);
  }));
}

TEST_CASE("a damaged snapshot is refused or is another one") {
  REQUIRE(rc::check([] {
    auto bytes = encoded(random_chunk());
    RC_PRE(!bytes.empty());
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    if (auto decoded = decode_chunk(as_bytes(bytes)))
      RC_ASSERT(encoded(*decoded) == bytes);
    else
      RC_ASSERT(decoded.error().code() == ec::corrupt);
  }));
}

TEST_CASE("a snapshot's chain hash has 32 bytes") {
  auto x = message(book_state_header{});
  x.set_chain("short");
  auto decoded = decode_snapshot_header(as_bytes(x.SerializeAsString()));
  REQUIRE(decoded.error().code() == ec::corrupt);
  REQUIRE_THAT(decoded.error().message(), Catch::Matchers::ContainsSubstring("32 bytes"));
}

TEST_CASE("a snapshot's account without a balance or a definition is refused") {
  v1::SnapshotChunk x;
  x.add_accounts()->set_opened_at(1);
  auto decoded = decode_chunk(as_bytes(x.SerializeAsString()));
  REQUIRE_THAT(decoded.error().message(), Catch::Matchers::ContainsSubstring("definition"));
  auto chunk =
      message(snapshot_chunk{.first = {},
                             .accounts = {{.definition = {.path = "a",
                                                          .asset = "CZK",
                                                          .kind = ledger::account_kind::asset,
                                                          .normal_side = ledger::side::debit,
                                                          .min_balance = {},
                                                          .max_balance = {}},
                                           .opened_at = {},
                                           .balance = {},
                                           .updated_seq = {},
                                           .closed = false,
                                           .changed_at = {}}}});
  chunk.mutable_accounts(0)->clear_balance();
  decoded = decode_chunk(as_bytes(chunk.SerializeAsString()));
  REQUIRE_THAT(decoded.error().message(), Catch::Matchers::ContainsSubstring("amount"));
}

TEST_CASE("a snapshot of a newer version is refused") {
  auto bytes = encoded(book_state_header{}) + "\x40\x01";
  auto decoded = decode_snapshot_header(as_bytes(bytes));
  REQUIRE(decoded.error().code() == ec::corrupt);
  REQUIRE_THAT(decoded.error().message(), Catch::Matchers::ContainsSubstring("newer version"));
}

TEST_CASE("a snapshot's definitions hold nothing that only events have") {
  v1::SnapshotChunk chunk;
  auto& account = *chunk.add_accounts();
  account.mutable_definition()->set_kind(v1::ACCOUNT_KIND_ASSET);
  account.mutable_definition()->set_normal_side(v1::SIDE_DEBIT);
  account.mutable_balance();
  REQUIRE(decode_chunk(as_bytes(chunk.SerializeAsString())).has_value());
  account.mutable_definition()->set_correlation_id("c");
  REQUIRE_FALSE(decode_chunk(as_bytes(chunk.SerializeAsString())).has_value());
}
