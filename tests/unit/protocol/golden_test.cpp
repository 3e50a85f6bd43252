#include "protocol/event_codec.hpp"
#include "protocol/snapshot_codec.hpp"

#include <catch2/catch_all.hpp>

#include <fstream>
#include <iterator>
#include <string>

using namespace daybook;
using namespace daybook::protocol;

// The bytes in tests/testdata/protocol are those of logs that exist. A change of them is a new
// version of the format. `protoc --decode` shows what they say.

namespace {

byte_buffer golden(const std::string& name) {
  std::ifstream file{DAYBOOK_TESTDATA "/" + name + ".hex"};
  REQUIRE(file);
  byte_buffer bytes;
  for (std::string pair; file >> pair;)
    bytes.push_back(static_cast<std::byte>(std::stoul(pair, nullptr, 16)));
  return bytes;
}

const ledger::event asset_event = ledger::asset_registered{
    {.id = "CZK", .cls = ledger::asset_class::fiat, .precision = 2, .name = "Czech koruna"}};

const ledger::account_definition customer{.path = "liabilities:customers:15",
                                          .asset = "CZK",
                                          .kind = ledger::account_kind::liability,
                                          .normal_side = ledger::side::credit,
                                          .min_balance = ledger::amount{-50'000},
                                          .max_balance = ledger::amount::max()};

const ledger::event account_event = ledger::account_opened{customer};

const ledger::event transaction_event = ledger::transaction_posted{
    .key = "trans-3530856",
    .entries = {{account_no{0}, ledger::side::debit, ledger::amount{22'670}},
                {account_no{300}, ledger::side::credit, ledger::amount::max()}},
    .occurred_at = timestamp{765'072'000'000'000},
    .refs = {{.kind = "bank", .value = "3530856"}},
    .metadata = R"({"k_symbol":"UROK"})",
    .correlation_id = "c1",
    .causation_id = "c0"};

chain_hash counting_hash() {
  chain_hash x;
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<std::byte>(i);
  return x;
}

} // namespace

TEST_CASE("the bytes of events are those of the golden files") {
  auto [name, x] =
      GENERATE(table<std::string, ledger::event>({{"asset_registered", asset_event},
                                                  {"account_opened", account_event},
                                                  {"transaction_posted", transaction_event}}));
  CAPTURE(name);
  byte_buffer out;
  encode(x, out);
  CHECK(out == golden(name));
  CHECK(decode(golden(name)) == x);
}

TEST_CASE("the bytes of a snapshot are those of the golden files") {
  snapshot_header header{.book = book_id{0x0123'4567'89ab'cdef},
                         .epoch = writer_epoch{2},
                         .seq = event_seq{300},
                         .chain = counting_hash(),
                         .committed_at = timestamp{765'072'000'000'000},
                         .accounts = 1,
                         .assets = {{.definition = std::get<0>(asset_event).definition,
                                     .registered_at = event_seq{1},
                                     .debit_turnover = ledger::amount{22'670},
                                     .credit_turnover = ledger::amount{22'670}}}};
  snapshot_chunk chunk{.first = account_no{0},
                       .accounts = {{.definition = customer,
                                     .opened_at = event_seq{2},
                                     .balance = ledger::amount{-22'670},
                                     .updated_seq = event_seq{300}}}};
  byte_buffer out;
  encode(header, out);
  CHECK(out == golden("snapshot_header"));
  out.clear();
  encode(chunk, out);
  CHECK(out == golden("snapshot_chunk"));
}
