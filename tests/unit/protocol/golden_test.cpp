#include "protocol/event_codec.hpp"
#include "protocol/history_codec.hpp"
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
    {.id = "CZK", .cls = ledger::asset_class::fiat, .precision = 2, .name = "Czech koruna"}, {}};

const ledger::account_definition customer{.path = "liabilities:customers:15",
                                          .asset = "CZK",
                                          .kind = ledger::account_kind::liability,
                                          .normal_side = ledger::side::credit,
                                          .min_balance = ledger::amount{-50'000},
                                          .max_balance = ledger::amount::max()};

const ledger::event account_event = ledger::account_opened{customer, {}};

const ledger::event transaction_event = ledger::transaction_posted{
    .key = "trans-3530856",
    .entries = {{account_no{0}, ledger::side::debit, ledger::amount{22'670}},
                {account_no{300}, ledger::side::credit, ledger::amount::max()}},
    .occurred_at = timestamp{765'072'000'000'000},
    .refs = {{.kind = "bank", .value = "3530856"}},
    .metadata = R"({"k_symbol":"UROK"})",
    .correlation_id = "c1",
    .causation_id = "c0",
    .reverses = {}};

const ledger::event closed_event = ledger::account_closed{account_no{300}, {"c1", "c0"}};

const ledger::event reopened_event = ledger::account_reopened{account_no{300}, {"c2", "c1"}};

/// What the first logs did not have yet.
ledger::event linked_asset_event() {
  auto x = std::get<ledger::asset_registered>(asset_event);
  x.links = {"c1", "c0"};
  return x;
}

ledger::event linked_account_event() {
  auto x = std::get<ledger::account_opened>(account_event);
  x.links = {"c1", "c0"};
  return x;
}

ledger::event reversal_event() {
  ledger::transaction_posted x;
  x.key = "back-1";
  x.entries = {{account_no{300}, ledger::side::debit, ledger::amount{5}},
               {account_no{0}, ledger::side::credit, ledger::amount{5}}};
  x.causation_id = "0123456789abcdef000000000000012c";
  x.reverses = event_seq{300};
  return x;
}

chain_hash counting_hash() {
  chain_hash x;
  for (std::size_t i = 0; i < x.size(); ++i)
    x[i] = static_cast<std::byte>(i);
  return x;
}

} // namespace

TEST_CASE("the bytes of events are those of the golden files") {
  auto [name, content, joined] = GENERATE(table<std::string, ledger::event, bool>(
      {{"asset_registered", asset_event, false},
       {"account_opened", account_event, false},
       {"transaction_posted", transaction_event, false},
       {"asset_registered_linked", linked_asset_event(), false},
       {"account_opened_linked", linked_account_event(), false},
       {"account_closed", closed_event, false},
       {"account_reopened", reopened_event, false},
       {"reversal_joined", reversal_event(), true}}));
  CAPTURE(name);
  byte_buffer out;
  encode(content, joined, out);
  CHECK(out == golden(name));
  CHECK(decode(golden(name)) == ledger::stored_event{content, joined});
}

TEST_CASE("the bytes of a snapshot are those of the golden files") {
  ledger::book_state_header header{.book = book_id{0x0123'4567'89ab'cdef},
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
                                     .updated_seq = event_seq{300},
                                     .closed = false,
                                     .changed_at = {}}}};
  byte_buffer out;
  encode(header, out);
  CHECK(out == golden("snapshot_header"));
  out.clear();
  encode(chunk, out);
  CHECK(out == golden("snapshot_chunk"));
  chunk.accounts[0].closed = true;
  chunk.accounts[0].changed_at = event_seq{301};
  out.clear();
  encode(chunk, out);
  CHECK(out == golden("snapshot_chunk_closed"));
}

TEST_CASE("the bytes of the history are those of the golden files") {
  history_entry entry{.balance_after = ledger::amount{-22'670},
                      .committed_at = timestamp{1'700'000'000'123'456},
                      .occurred_at = timestamp{765'072'000'000'000},
                      .key = "trans-3530856",
                      .postings = {{ledger::side::debit, ledger::amount{22'670}},
                                   {ledger::side::credit, ledger::amount::max()}}};
  asset_sums sums{.debit_turnover = ledger::amount{22'670},
                  .credit_turnover = ledger::amount{22'670},
                  .debit_balances = ledger::amount::max(),
                  .credit_balances = ledger::amount{}};
  byte_buffer out;
  encode(entry, out);
  CHECK(out == golden("history_entry"));
  CHECK(decode_history_entry(golden("history_entry")) == entry);
  out.clear();
  encode(sums, out);
  CHECK(out == golden("asset_sums"));
  CHECK(decode_asset_sums(golden("asset_sums")) == sums);
}
