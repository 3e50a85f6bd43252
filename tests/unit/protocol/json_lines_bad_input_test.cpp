#include "fixture.hpp"

#include <catch2/catch_all.hpp>

#include <string>
#include <string_view>

using namespace daybook;
using namespace daybook::protocol;
using Catch::Matchers::ContainsSubstring;
using daybook::protocol::testing::parse;

namespace {

error refusal(std::string_view line, const limits& bounds = {}) {
  auto x = parse(line, bounds);
  REQUIRE_FALSE(x.has_value());
  REQUIRE(x.error().message().size() < 1000);
  return x.error();
}

/// The line is an `invalid_argument` that names the field.
void check_refused(std::string_view line, std::string_view field, const std::string& words) {
  CAPTURE(line);
  auto e = refusal(line);
  CHECK(e.code() == ec::invalid_argument);
  CHECK(e.get("field") == field);
  CHECK_THAT(e.message(), ContainsSubstring(words));
}

std::string posting(std::string_view amount, std::string_view asset = R"("CZK")",
                    std::string_view direction = R"("debit")") {
  return R"({"account":"assets:cash","amount":)" + std::string{amount} + R"(,"asset":)" +
         std::string{asset} + R"(,"direction":)" + std::string{direction} + "}";
}

std::string transaction(std::string_view more) {
  return R"({"type":"transaction","key":"k",)" + std::string{more} + "}";
}

std::string posted(std::string_view posting) {
  return transaction(R"("postings":[)" + std::string{posting} + "]");
}

void check_bad_amount(std::string_view amount, ec code, const std::string& words) {
  CAPTURE(amount);
  auto e = refusal(posted(posting('"' + std::string{amount} + '"')));
  CHECK(e.code() == code);
  CHECK(e.get("account") == "assets:cash");
  CHECK(e.get("amount").empty() == amount.empty());
  CHECK_THAT(e.message(), ContainsSubstring(words));
  CHECK_THAT(e.message(), ContainsSubstring("posting 1"));
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string with_metadata(std::string_view value) {
  return transaction(R"("postings":[],"metadata":)" + std::string{value});
}

} // namespace

TEST_CASE("malformed JSON is refused with its place") {
  check_refused("", "line", "malformed JSON at byte 1");
  check_refused("   ", "line", "malformed JSON");
  check_refused("nonsense", "line", "malformed JSON at byte 2");
  check_refused(R"({"type":"asset")", "line", "end of input");
  check_refused(R"({"type":"asset",})", "line", "malformed JSON at byte 17");
  check_refused(R"({"type":"asset" "id":"x"})", "line", "malformed JSON");
  check_refused(R"({"type":'asset'})", "line", "malformed JSON");
  check_refused(R"({"type":"asset"} {})", "line", "malformed JSON at byte 18");
  check_refused("{\"type\":\"as\nset\"}", "line", "control character");
  check_refused(transaction(R"("postings":[],"metadata":{"a":01})"), "line", "malformed JSON");
}

TEST_CASE("a line that is no object is refused") {
  check_refused("[]", "line", "a line is one JSON object, not an array");
  check_refused("\"text\"", "line", "not a string");
  check_refused("7", "line", "not a number");
  check_refused("null", "line", "not null");
}

TEST_CASE("text that is not UTF-8 is refused") {
  check_refused("{\"type\":\"\xff\"}", "line", "UTF-8");
  check_refused("{\"type\":\"\xc0\xaf\"}", "line", "UTF-8");
  check_refused("{\"type\":\"\xed\xa0\x80\"}", "line", "UTF-8");
  check_refused("{\"\xff\":1}", "line", "UTF-8");
  check_refused(R"({"type":"\ud800"})", "line", "malformed JSON");
  check_refused("\xff\xfe{", "line", "malformed JSON");
}

TEST_CASE("unknown fields are refused by name") {
  check_refused(transaction(R"("foo":1)"), "foo", "unknown field `foo` in a line");
  check_refused(R"({"type":"asset","id":"X","precision":0,"class":"fiat","path":"a"})", "path",
                "unknown field `path` in an asset");
  check_refused(R"({"type":"account","path":"a","asset":"CZK","kind":"asset","key":"k"})", "key",
                "unknown field `key` in an account");
  check_refused(transaction(R"("postings":[],"precision":2)"), "precision",
                "unknown field `precision` in a transaction: it may have `type`, `key`");
  check_refused(posted(R"({"accuont":"a"})"), "accuont", "unknown field `accuont` in a posting");
  check_refused(transaction(R"("postings":[],"refs":[{"name":"x"}])"), "name",
                "unknown field `name` in a reference");
  check_refused(transaction(R"("KEY":"k")"), "KEY", "unknown field `KEY`");
  check_refused("{\"\\n\":1}", "\\x0a", "unknown field `\\x0a`");
}

TEST_CASE("missing fields are refused by name") {
  check_refused("{}", "type", "needs the field `type`");
  check_refused(R"({"key":"k"})", "type", "needs the field `type`");
  check_refused(R"({"type":"asset","precision":2,"class":"fiat"})", "id", "an asset needs");
  check_refused(R"({"type":"asset","id":"X","class":"fiat"})", "precision", "an asset needs");
  check_refused(R"({"type":"asset","id":"X","precision":2})", "class", "an asset needs");
  check_refused(R"({"type":"account","asset":"CZK","kind":"asset"})", "path", "an account needs");
  check_refused(R"({"type":"account","path":"a","kind":"asset"})", "asset", "an account needs");
  check_refused(R"({"type":"account","path":"a","asset":"CZK"})", "kind", "an account needs");
  check_refused(R"({"type":"transaction","postings":[]})", "key", "a transaction needs");
  check_refused(R"({"type":"transaction","key":"k"})", "postings", "a transaction needs");
  check_refused(posted(R"({"amount":"1","asset":"CZK","direction":"debit"})"), "account",
                "a posting needs");
  check_refused(posted(R"({"account":"a","asset":"CZK","direction":"debit"})"), "amount",
                "a posting needs");
  check_refused(posted(R"({"account":"a","amount":"1","direction":"debit"})"), "asset",
                "a posting needs");
  check_refused(posted(R"({"account":"a","amount":"1","asset":"CZK"})"), "direction",
                "a posting needs");
  check_refused(transaction(R"("postings":[],"refs":[{"kind":"bank"}])"), "value",
                "a reference needs");
}

TEST_CASE("a field that stands twice is refused") {
  check_refused(transaction(R"("key":"other","postings":[])"), "key", "`key` stands twice");
  check_refused(posted(R"({"account":"a","account":"b"})"), "account", "`account` stands twice");
  check_refused(transaction(R"("postings":[],"refs":[{"kind":"a","kind":"a"}])"), "kind",
                "`kind` stands twice");
  check_refused(with_metadata(R"({"a":1,"a":1})"), "a", "`a` stands twice");
  check_refused(with_metadata(R"({"x":[{"b":1,"c":2,"\u0062":1}]})"), "b", "`b` stands twice");
}

TEST_CASE("a value of the wrong type is refused") {
  check_refused(R"({"type":1})", "type", "`type` of a line must be a string, not a number");
  check_refused(R"({"type":"asset","id":null})", "id", "must be a string, not null");
  check_refused(R"({"type":"asset","precision":"2"})", "precision",
                "must be a number, not a string");
  check_refused(transaction(R"("postings":{})"), "postings", "must be an array, not an object");
  check_refused(transaction(R"("postings":"x")"), "postings", "must be an array, not a string");
  check_refused(transaction(R"("refs":null)"), "refs", "must be an array, not null");
  check_refused(with_metadata("[]"), "metadata", "must be an object, not an array");
  check_refused(with_metadata("\"{}\""), "metadata", "must be an object, not a string");
  check_refused(transaction(R"("postings":[1])"), "postings", "holds objects, not a number");
  check_refused(transaction(R"("postings":[[]])"), "postings", "holds objects, not an array");
  check_refused(transaction(R"("postings":[],"refs":[true])"), "refs", "not true or false");
  check_refused(posted(R"({"account":{}})"), "account", "must be a string, not an object");
}

TEST_CASE("amounts as JSON numbers are refused, and the message says why") {
  check_refused(posted(posting("226.70")), "amount", "floating point");
  check_refused(posted(posting("1")), "amount", "quotes");
  check_refused(R"({"type":"account","path":"a","asset":"CZK","kind":"asset","min_balance":0})",
                "min_balance", "floating point");
}

TEST_CASE("amounts that are none are refused") {
  check_bad_amount("-5.00", ec::invalid_amount, "-5.00");
  check_bad_amount("0.00", ec::invalid_amount, "0.00");
  check_bad_amount("1.234", ec::invalid_amount, "2 decimals");
  check_bad_amount("1e3", ec::invalid_amount, "1e3");
  check_bad_amount("1,5", ec::invalid_amount, "1,5");
  check_bad_amount("", ec::invalid_amount, "\"\"");
  check_bad_amount(" 1", ec::invalid_amount, "\" 1\"");
  check_bad_amount("NaN", ec::invalid_amount, "NaN");
  check_bad_amount("1\\u0000", ec::invalid_amount, "\\x00");
  check_bad_amount("1701411834604692317316873037158841057.28", ec::overflow, "128 bits");
  check_bad_amount(std::string(100, '9'), ec::overflow, "128 bits");
  check_bad_amount(std::string(100'000, '9'), ec::invalid_amount, "too long");
}

TEST_CASE("a limit on an account is refused with the account's name") {
  auto e = refusal(
      R"({"type":"account","path":"a:b","asset":"CZK","kind":"asset","max_balance":"0.001"})");
  CHECK(e.code() == ec::invalid_amount);
  CHECK(e.get("account") == "a:b");
  CHECK_THAT(e.message(), ContainsSubstring("`max_balance` of account \"a:b\""));
}

TEST_CASE("an asset that is not known is refused by name") {
  for (auto& line : {posted(posting(R"("1")", R"("XAU")")),
                     std::string{R"({"type":"account","path":"a","asset":"XAU","kind":"asset",)"
                                 R"("min_balance":"0"})"}}) {
    auto e = refusal(line);
    CHECK(e.code() == ec::unknown_asset);
    CHECK(e.get("asset") == "XAU");
    CHECK_THAT(e.message(), ContainsSubstring("XAU"));
  }
}

TEST_CASE("words that are none of the choices are refused with the choices") {
  check_refused(R"({"type":"transfer"})", "type",
                "`asset`, `account`, `account_closed`, `account_reopened` or `transaction`");
  check_refused(R"({"type":"asset","id":"X","precision":2,"class":"metal"})", "class",
                "\"metal\"; it may be `fiat`, `crypto`, `other`");
  check_refused(R"({"type":"account","path":"a","asset":"CZK","kind":"debt"})", "kind",
                "\"debt\"; it may be `asset`, `liability`");
  check_refused(
      R"({"type":"account","path":"a","asset":"CZK","kind":"clearing","normal_side":"left"})",
      "normal_side", "`debit`, `credit`");
  check_refused(posted(posting(R"("1")", R"("CZK")", R"("Debit")")), "direction",
                "posting 1 (account \"assets:cash\"): field `direction`");
}

TEST_CASE("a precision that is none is refused") {
  for (auto* value : {"31", "-1", "2.0", "2.5", "1e1", "99999999999999999999"})
    check_refused(R"({"type":"asset","id":"X","class":"fiat","precision":)" + std::string{value} +
                      "}",
                  "precision", "from 0 to 30");
}

TEST_CASE("a seq to take back that is none is refused") {
  for (auto value : {"0", "-1", "1.0", "1e3", "18446744073709551616"})
    check_refused(transaction(R"("postings":[],"reverses":)" + std::string{value}), "reverses",
                  "`reverses` of a transaction is " + std::string{value});
  check_refused(transaction(R"("postings":[],"reverses":"7")"), "reverses",
                "must be a number, not a string");
}

TEST_CASE("the closing and the reopening of an account are as strict as the rest") {
  check_refused(R"({"type":"account_closed"})", "path", "the closing of an account needs");
  check_refused(R"({"type":"account_reopened"})", "path", "the reopening of an account needs");
  check_refused(R"({"type":"account_closed","path":"a","even_with_balance":"true"})",
                "even_with_balance", "must be true or false, not a string");
  check_refused(R"({"type":"account_reopened","path":"a","even_with_balance":true})",
                "even_with_balance", "unknown field `even_with_balance` in the reopening");
  check_refused(R"({"type":"account_closed","path":"a","asset":"CZK"})", "asset", "unknown field");
  check_refused(R"({"type":"asset","id":"X","precision":0,"class":"fiat","reverses":1})",
                "reverses", "unknown field `reverses` in an asset");
}

TEST_CASE("a time that is none is refused") {
  check_refused(transaction(R"("postings":[],"occurred_at":"yesterday")"), "occurred_at",
                "yesterday");
  check_refused(transaction(R"("postings":[],"occurred_at":"2024-01-01T10:00")"), "occurred_at",
                "zone");
  check_refused(transaction(R"("postings":[],"occurred_at":")" + std::string(100'000, '1') + '"'),
                "occurred_at", "1111");
}

TEST_CASE("metadata over its limit is refused with both sizes") {
  auto value = R"({"blob": ")" + std::string(64 * 1024, 'x') + "\"}";
  auto e = refusal(with_metadata(value));
  CHECK(e.code() == ec::limit_exceeded);
  CHECK(e.get("what") == "metadata");
  CHECK(e.get("limit") == "65536");
  CHECK(e.get("would_be") == "65547");
  CHECK_THAT(e.message(), ContainsSubstring("metadata"));
  limits wider;
  wider.metadata_bytes_max = 65'547;
  CHECK(parse(with_metadata(value), wider).has_value());
}

TEST_CASE("a line of 64 MiB is refused before it is read") {
  auto e = refusal(with_metadata(R"({"blob":")" + std::string(64 * 1024 * 1024, 'x') + "\"}"));
  CHECK(e.code() == ec::limit_exceeded);
  CHECK(e.get("what") == "line");
  CHECK(e.get("limit") == std::to_string(line_bytes_max({})));
  CHECK_FALSE(e.get("would_be").empty());
}

TEST_CASE("too many postings or references are refused with their number") {
  auto list = [](std::size_t count, const std::string& item) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
      text += (i == 0 ? "" : ",") + item;
    return text;
  };
  auto e = refusal(posted(list(10'001, posting(R"("1")"))));
  CHECK(e.code() == ec::limit_exceeded);
  CHECK(e.get("what") == "postings");
  CHECK(e.get("limit") == "10000");
  CHECK(e.get("would_be") == "10001");
  CHECK(parse(posted(list(10'000, posting(R"("1")")))).has_value());
  e = refusal(
      transaction(R"("postings":[],"refs":[)" + list(101, R"({"kind":"a","value":"b"})") + "]"));
  CHECK(e.code() == ec::limit_exceeded);
  CHECK(e.get("what") == "refs");
  CHECK(e.get("would_be") == "101");
}

TEST_CASE("nesting is bounded") {
  // The line and the metadata are two levels.
  CHECK(parse(with_metadata("{\"a\":" + nested(json_depth_max - 2) + "}")).has_value());
  check_refused(with_metadata("{\"a\":" + nested(json_depth_max - 1) + "}"), "line",
                "deeper than 64");
  check_refused(with_metadata("{\"a\":" + std::string(5'000'000, '[')), "line", "deeper than 64");
  check_refused(std::string(5'000'000, '['), "line", "not an array");
}

TEST_CASE("metadata with very many keys takes no more than its share of time") {
  std::string members;
  for (int i = 0; i < 1'000'000; ++i)
    members += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  CHECK(refusal(with_metadata("{" + members + "}")).code() == ec::limit_exceeded);
}

TEST_CASE("a broken text of any length makes a short message") {
  check_refused("{\"type\":\"" + std::string(1'000'000, 'x'), "line", "malformed JSON");
  check_refused("{\"" + std::string(1'000'000, 'x') + "\":1}", std::string(255, 'x') + "…",
                "unknown field");
  CHECK(refusal(R"({"type":")" + std::string(1'000'000, 'x') + "\"}").code() ==
        ec::invalid_argument);
  CHECK(refusal(posted(R"({"account":")" + std::string(1'000'000, 'x') +
                       R"(","amount":"-1","asset":"CZK","direction":"debit"})"))
            .code() == ec::invalid_amount);
  CHECK(refusal(posted(posting(R"("1")", '"' + std::string(1'000'000, 'x') + '"'))).code() ==
        ec::unknown_asset);
}

TEST_CASE("metadata from a person is checked alike") {
  auto refused = [](std::string_view text) {
    auto x = compact_metadata(text, {});
    REQUIRE_FALSE(x.has_value());
    CHECK(x.error().get("field") == "metadata");
    return x.error().message();
  };
  CHECK_THAT(refused("[1]"), ContainsSubstring("must be a JSON object"));
  CHECK_THAT(refused("7"), ContainsSubstring("must be a JSON object"));
  CHECK_THAT(refused("{\"a\":"), ContainsSubstring("malformed JSON"));
  CHECK_THAT(refused(nested(json_depth_max)), ContainsSubstring("deeper than 64"));
  limits tight;
  tight.metadata_bytes_max = 10;
  CHECK(compact_metadata(R"({"abc":123})", tight).error().code() == ec::limit_exceeded);
}
