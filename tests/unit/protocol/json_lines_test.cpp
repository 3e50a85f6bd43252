#include "protocol/json_lines.hpp"

#include "fixture.hpp"
#include "generators.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace daybook::protocol;
using daybook::protocol::testing::book;
using daybook::protocol::testing::parse;

namespace {

template <class T>
T parsed(std::string_view line) {
  auto x = parse(line);
  if (!x)
    FAIL(to_string(x.error()));
  return std::get<T>(*x);
}

/// The command that leads to an event, as an exporter's line should read.
ledger::transaction command_behind(const ledger::transaction_posted& x,
                                   const ledger::chart& chart) {
  ledger::transaction to{.key = x.key,
                         .postings = {},
                         .occurred_at = x.occurred_at,
                         .refs = x.refs,
                         .metadata = x.metadata,
                         .correlation_id = x.correlation_id,
                         .causation_id = x.causation_id,
                         .reverses = x.reverses};
  for (auto& entry : x.entries)
    to.postings.push_back({.account = std::string{chart[entry.account].path()},
                           .value = entry.value,
                           .asset = chart.asset_of(entry.account).definition.id,
                           .direction = entry.direction});
  return to;
}

} // namespace

TEST_CASE("a line registers an asset") {
  CHECK(parsed<ledger::asset_definition>(
            R"({"type":"asset","id":"CZK","precision":2,"class":"fiat","name":"Czech koruna"})") ==
        ledger::asset_definition{"CZK", ledger::asset_class::fiat, 2, "Czech koruna"});
  CHECK(parsed<ledger::asset_definition>(
            R"({"class":"crypto","precision":30,"id":"X","type":"asset"})") ==
        ledger::asset_definition{"X", ledger::asset_class::crypto, 30, ""});
}

TEST_CASE("a line opens an account") {
  auto x = parsed<ledger::account_definition>(
      R"({"type":"account","path":"liabilities:customers:15","asset":"CZK","kind":"liability",)"
      R"("min_balance":"0.00"})");
  CHECK(x.path == "liabilities:customers:15");
  CHECK(x.asset == "CZK");
  CHECK(x.kind == ledger::account_kind::liability);
  CHECK(x.normal_side == std::nullopt);
  CHECK(x.min_balance == ledger::amount{});
  CHECK(x.max_balance == std::nullopt);
}

TEST_CASE("an account without limits needs no asset that is known here") {
  auto x = parsed<ledger::account_definition>(
      R"({"type":"account","path":"a","asset":"NEW","kind":"clearing","normal_side":"credit"})");
  CHECK(x.normal_side == ledger::side::credit);
}

TEST_CASE("a line posts a transaction") {
  auto x = parsed<ledger::transaction>(
      R"({"type":"transaction","key":"trans-3530856","occurred_at":"1994-03-31","postings":[)"
      R"({"account":"expenses:interest","amount":"226.70","asset":"CZK","direction":"debit"},)"
      R"({"account":"liabilities:customers:15","amount":"226.7","asset":"CZK",)"
      R"("direction":"credit"}],)"
      R"("refs":[{"kind":"bank","value":"3530856"}],"metadata":{"k_symbol":"UROK"},)"
      R"("correlation_id":"c1","causation_id":"c0"})");
  CHECK(x.key == "trans-3530856");
  CHECK(x.occurred_at == parse_timestamp("1994-03-31").value());
  REQUIRE(x.postings.size() == 2);
  CHECK(x.postings[0] ==
        ledger::posting{"expenses:interest", ledger::amount{22'670}, "CZK", ledger::side::debit});
  CHECK(x.postings[1] == ledger::posting{"liabilities:customers:15", ledger::amount{22'670}, "CZK",
                                         ledger::side::credit});
  CHECK(x.refs == std::vector<ledger::external_ref>{{"bank", "3530856"}});
  CHECK(x.metadata == R"({"k_symbol":"UROK"})");
  CHECK(x.correlation_id == "c1");
  CHECK(x.causation_id == "c0");
}

TEST_CASE("a line takes a transaction back") {
  auto line = [](std::string_view seq) {
    return R"({"type":"transaction","key":"k","postings":[],"reverses":)" + std::string{seq} + "}";
  };
  CHECK(parsed<ledger::transaction>(line("1")).reverses == event_seq{1});
  CHECK(parsed<ledger::transaction>(line("18446744073709551615")).reverses ==
        event_seq{~std::uint64_t{}});
}

TEST_CASE("a line closes an account, and a line reopens it") {
  CHECK(parsed<ledger::account_closing>(R"({"type":"account_closed","path":"assets:cash"})") ==
        ledger::account_closing{"assets:cash", false});
  CHECK(parsed<ledger::account_closing>(
            R"({"type":"account_closed","path":"a","even_with_balance":true})") ==
        ledger::account_closing{"a", true});
  CHECK(parsed<ledger::account_closing>(
            R"({"even_with_balance":false,"path":"a","type":"account_closed"})") ==
        ledger::account_closing{"a", false});
  CHECK(parsed<ledger::account_reopening>(R"({"type":"account_reopened","path":"assets:cash"})") ==
        ledger::account_reopening{"assets:cash"});
}

TEST_CASE("export says that an account was closed or reopened, and what was taken back") {
  auto line = [](const ledger::command& x) { return to_json_line(x, testing::precision_of); };
  CHECK(line(ledger::account_closing{"a", true}) ==
        R"({"type":"account_closed","path":"a","even_with_balance":true})");
  CHECK(line(ledger::account_closing{"a", false}) == R"({"type":"account_closed","path":"a"})");
  CHECK(line(ledger::account_reopening{"a"}) == R"({"type":"account_reopened","path":"a"})");
  ledger::transaction x;
  x.key = "k";
  x.reverses = event_seq{7};
  CHECK(line(x) == R"({"type":"transaction","key":"k","postings":[],"reverses":7})");
}

TEST_CASE("closings and reopenings are read back as they are exported") {
  REQUIRE(rc::check([](bool even_with_balance) {
    ledger::account_closing closing{*generators::label(), even_with_balance};
    RC_ASSERT(parse(to_json_line(closing, testing::precision_of)) == ledger::command{closing});
    ledger::account_reopening reopening{*generators::label()};
    RC_ASSERT(parse(to_json_line(reopening, testing::precision_of)) == ledger::command{reopening});
  }));
}

TEST_CASE("what causes a definition, a closing or a reopening stands in its line") {
  book b;
  ledger::event_links links{"c-1", "c-0"};
  auto is_line = [&](const ledger::event& x, std::string_view line) {
    CHECK(testing::to_json_line(x, b.chart) == line);
    auto asked = testing::parse_write(line);
    REQUIRE(asked);
    CHECK(asked->correlation_id == "c-1");
    CHECK(asked->causation_id == "c-0");
    CHECK(protocol::to_json_line(asked->what, testing::precision_of, links) == line);
    // Who takes commands alone would lose them.
    CHECK(parse(line).error().get("field") == "correlation_id");
  };
  is_line(ledger::asset_registered{{"CZK", ledger::asset_class::fiat, 2, ""}, links},
          R"({"type":"asset","id":"CZK","precision":2,"class":"fiat","correlation_id":"c-1",)"
          R"("causation_id":"c-0"})");
  is_line(ledger::account_opened{b.chart.definition_of(b.cash), links},
          R"({"type":"account","path":"assets:cash","asset":"CZK","kind":"asset",)"
          R"("correlation_id":"c-1","causation_id":"c-0"})");
  is_line(ledger::account_closed{b.cash, links},
          R"({"type":"account_closed","path":"assets:cash","even_with_balance":true,)"
          R"("correlation_id":"c-1","causation_id":"c-0"})");
  is_line(ledger::account_reopened{b.cash, links},
          R"({"type":"account_reopened","path":"assets:cash","correlation_id":"c-1",)"
          R"("causation_id":"c-0"})");
  CHECK(
      parse(R"({"type":"account_reopened","path":"a","causation_id":"x"})").error().get("field") ==
      "causation_id");
}

TEST_CASE("a transaction says its links once") {
  book b;
  ledger::transaction_posted x;
  x.key = "k";
  x.correlation_id = "c-1";
  auto line = testing::to_json_line(ledger::event{x}, b.chart);
  CHECK(line == R"({"type":"transaction","key":"k","postings":[],"correlation_id":"c-1"})");
  auto asked = testing::parse_write(line);
  REQUIRE(asked);
  CHECK(asked->correlation_id.empty());
  CHECK(std::get<ledger::transaction>(asked->what).correlation_id == "c-1");
}

TEST_CASE("white space between tokens and escapes in strings mean nothing") {
  auto x = parsed<ledger::transaction>(
      "\t{ \"type\" : \"trans\\u0061ction\",\"key\":\"k\\u011b\\ud83d\\udcb0\", \"postings\" : [ ] "
      "}\r");
  CHECK(x.key == "kě\U0001F4B0");
  CHECK(x.postings.empty());
}

TEST_CASE("metadata is kept compact, in its order and with its numbers as written") {
  auto x = parsed<ledger::transaction>(
      R"({"type":"transaction","key":"k","postings":[],)"
      R"("metadata": { "z" : [ 1 , { } , [ ] ], "a":1.10, "b":123456789012345678901234567890,)"
      R"( "c" : "\u00e9\n\"", "d": {"z":null, "a":true}, "e":-0.5e-3 , "f":false} })");
  CHECK(x.metadata == R"({"z":[1,{},[]],"a":1.10,"b":123456789012345678901234567890,"c":"é\n\"",)"
                      R"("d":{"z":null,"a":true},"e":-0.5e-3,"f":false})");
}

TEST_CASE("the same key may stand in different objects of the metadata") {
  auto x = parsed<ledger::transaction>(R"({"type":"transaction","key":"k","postings":[],)"
                                       R"("metadata":{"a":{"a":1},"b":[{"a":1},{"a":2}]}})");
  CHECK(x.metadata == R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})");
}

TEST_CASE("compacted metadata stays as it is") {
  limits bounds;
  auto once = compact_metadata(R"( { "a" : [ "x y" , 1.0 ] } )", bounds).value();
  CHECK(once == R"({"a":["x y",1.0]})");
  CHECK(compact_metadata(once, bounds) == once);
}

TEST_CASE("what export writes is read back to the same command") {
  REQUIRE(rc::check([] {
    book b;
    auto x = *generators::transaction();
    for (auto& entry : x.entries)
      entry.account = account_no{entry.account.value() % 4};
    x.metadata = "{\"note\":\"x\"}";
    if (x.occurred_at)
      x.occurred_at = timestamp{
          *rc::gen::inRange<std::int64_t>(-60'000'000'000'000'000, 250'000'000'000'000'000)};
    auto line = testing::to_json_line(ledger::event{x}, b.chart);
    RC_ASSERT(line.find('\n') == line.npos);
    RC_ASSERT(parse(line) == ledger::command{command_behind(x, b.chart)});
  }));
}

TEST_CASE("assets and accounts are read back as they are exported") {
  REQUIRE(rc::check([] {
    book b;
    auto asset = *generators::asset();
    RC_ASSERT(parse(testing::to_json_line(ledger::asset_registered{asset, {}}, b.chart)) ==
              ledger::command{asset});
    auto account = *generators::account();
    account.asset = *rc::gen::element<std::string>("CZK", "JPY", "ETH");
    account.normal_side = default_normal_side(account.kind);
    auto line = testing::to_json_line(ledger::account_opened{account, {}}, b.chart);
    account.normal_side.reset();
    RC_ASSERT(parse(line) == ledger::command{account});
  }));
}

TEST_CASE("export says on which side a clearing account was opened when it is not the default") {
  book b;
  ledger::account_definition x{.path = "clearing:fx",
                               .asset = "CZK",
                               .kind = ledger::account_kind::clearing,
                               .normal_side = ledger::side::credit,
                               .min_balance = ledger::amount{-150},
                               .max_balance = {}};
  auto line = testing::to_json_line(ledger::account_opened{x, {}}, b.chart);
  CHECK(line == R"({"type":"account","path":"clearing:fx","asset":"CZK","kind":"clearing",)"
                R"("normal_side":"credit","min_balance":"-1.50"})");
  CHECK(parse(line) == ledger::command{x});
}

TEST_CASE("export writes every amount at its asset's precision") {
  book b;
  ledger::transaction_posted x;
  x.key = "k";
  x.entries = {{b.yen, ledger::side::debit, ledger::amount{5}},
               {b.ether, ledger::side::credit, ledger::amount{5}}};
  CHECK(testing::to_json_line(ledger::event{x}, b.chart) ==
        R"({"type":"transaction","key":"k","postings":[)"
        R"({"account":"assets:yen","amount":"5","asset":"JPY","direction":"debit"},)"
        R"({"account":"assets:ether","amount":"0.000000000000000005","asset":"ETH",)"
        R"("direction":"credit"}]})");
}

TEST_CASE("export writes metadata of any text so that the line stays one that can be read") {
  book b;
  ledger::transaction_posted x;
  x.key = "k";
  auto metadata = [&](std::string text) {
    x.metadata = std::move(text);
    return parsed<ledger::transaction>(testing::to_json_line(ledger::event{x}, b.chart)).metadata;
  };
  CHECK(metadata("{\n \"a\": 1\n}") == R"({"a":1})");
  CHECK(metadata("[1]") == R"({"text":"[1]"})");
  CHECK(metadata("{") == R"({"text":"{"})");
  CHECK(metadata("no \"json\"") == R"({"text":"no \"json\""})");
  CHECK(metadata("\xff") == R"({"text":"\\xff"})");
}

TEST_CASE("the largest transaction that export can write is within the limit on lines") {
  limits bounds;
  ledger::chart chart;
  auto asset = chart.add({.definition = {.id = std::string(255, '"'),
                                         .cls = ledger::asset_class::other,
                                         .precision = 30,
                                         .name = {}},
                          .registered_at = {}});
  ledger::account_definition definition;
  definition.path = std::string(255, '"');
  definition.normal_side = ledger::side::debit;
  auto account = chart.next_account();
  REQUIRE(chart.add(definition, asset, {}));
  std::string label(255, '"');
  ledger::transaction_posted x{.key = label,
                               .entries = {},
                               .occurred_at = timestamp{1},
                               .refs = {100, {label, label}},
                               .metadata = "{\"a\":\"" + std::string(65'000, 'x') + "\"}",
                               .correlation_id = label,
                               .causation_id = label,
                               .reverses = event_seq{~std::uint64_t{}}};
  x.entries.assign(bounds.postings_max, {account, ledger::side::credit, ledger::amount::max()});
  auto line = testing::to_json_line(ledger::event{x}, chart);
  CHECK(line.size() <= line_bytes_max(bounds));
  auto precisions = [](std::string_view) { return std::optional<std::uint8_t>{30}; };
  CHECK(parse_line(line, precisions, bounds).has_value());
}
