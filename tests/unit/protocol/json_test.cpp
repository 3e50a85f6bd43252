#include "protocol/json.hpp"

#include "fixture.hpp"
#include "protocol/json_text.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::protocol;
using daybook::protocol::testing::book;

namespace {

const transaction_id id{.book = book_id{0x0123'4567'89ab'cdef}, .seq = event_seq{7}};
constexpr auto committed_at = timestamp{1'700'000'000'123'456};

} // namespace

TEST_CASE("a transaction's id prints as 32 digits") {
  CHECK(to_hex(id) == "0123456789abcdef0000000000000007");
}

TEST_CASE("a chain hash prints as 64 digits") {
  chain_hash x{};
  x.front() = std::byte{0xa0};
  x.back() = std::byte{0x0b};
  CHECK(to_hex(x) == "a0" + std::string(60, '0') + "0b");
}

TEST_CASE("an event prints with its envelope") {
  book b;
  ledger::transaction_posted x;
  x.key = "k\"1";
  x.entries = {{b.cash, ledger::side::debit, ledger::amount{150}}};
  x.metadata = R"({"a":1})";
  CHECK(testing::to_json({.id = id, .epoch = writer_epoch{3}, .committed_at = committed_at},
                         ledger::event{x}, b.chart) ==
        R"({"seq":7,"transaction_id":"0123456789abcdef0000000000000007","epoch":3,)"
        R"("committed_at":"2023-11-14T22:13:20.123456Z","type":"transaction","key":"k\"1",)"
        R"("postings":[{"account":"assets:cash","amount":"1.50","asset":"CZK",)"
        R"("direction":"debit"}],"metadata":{"a":1}})");
}

TEST_CASE("an event that is no transaction prints with what causes it") {
  book b;
  CHECK(testing::to_json({.id = id, .epoch = writer_epoch{3}, .committed_at = committed_at},
                         ledger::account_reopened{b.cash, {"c-1", "c-0"}}, b.chart) ==
        R"({"seq":7,"transaction_id":"0123456789abcdef0000000000000007","epoch":3,)"
        R"("committed_at":"2023-11-14T22:13:20.123456Z","type":"account_reopened",)"
        R"("path":"assets:cash","correlation_id":"c-1","causation_id":"c-0"})");
}

TEST_CASE("a receipt prints") {
  ledger::receipt x{.id = id,
                    .epoch = writer_epoch{3},
                    .committed_at = timestamp{},
                    .deduplicated = true,
                    .chain = {},
                    .balances = {}};
  CHECK(to_json(x) == R"({"seq":7,"transaction_id":"0123456789abcdef0000000000000007","epoch":3,)"
                      R"("committed_at":"1970-01-01","deduplicated":true,"chain":")" +
                          std::string(64, '0') + "\"}");
}

TEST_CASE("an error prints its code, its sentence and its facts") {
  CHECK(to_json(error{ec::limit_exceeded, "no \"more\"", {{"account", "a\tb"}, {"limit", "0"}}}) ==
        R"({"error":"limit_exceeded","message":"no \"more\"","account":"a\tb","limit":"0"})");
  CHECK(to_json(error{ec::locked, ""}) ==
        R"({"error":"locked","message":"another process has the data directory open"})");
}

TEST_CASE("JSON strings escape what they must and nothing else") {
  std::string text;
  append_json_string(text, std::string_view{"a\0\x1f\x7f/\"\\\n\r\tě", 12});
  CHECK(text == "\"a\\u0000\\u001f\x7f/\\\"\\\\\\n\\r\\tě\"");
}

TEST_CASE("a JSON object is written member by member") {
  CHECK(json_object{}.take() == "{}");
  CHECK(json_object{}
            .add("a", "x")
            .add("b", true)
            .add("c", ~std::uint64_t{0})
            .add_json("d", "[1]")
            .take() == R"({"a":"x","b":true,"c":18446744073709551615,"d":[1]})");
}
