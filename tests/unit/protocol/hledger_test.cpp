#include "protocol/hledger.hpp"

#include "base/names.hpp"
#include "fixture.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <unistd.h>
#include <vector>

using namespace daybook;
using namespace daybook::protocol;
using daybook::protocol::testing::book;

// hledger itself says what the journal means.

namespace {

/// Writes the journal of a book that grows entry by entry.
class journal {
public:
  journal() : text_(hledger_preamble()) {}

  asset_no asset(std::string id, std::uint8_t precision) {
    auto n = names_.add_asset(std::move(id), precision);
    write(ledger::asset_registered{names_.chart[n].definition, {}});
    return n;
  }

  account_no account(std::string path, asset_no asset,
                     ledger::account_kind kind = ledger::account_kind::asset) {
    auto n = names_.open(std::move(path), asset, kind);
    write(ledger::account_opened{names_.chart.definition_of(n), {}});
    return n;
  }

  void transfer(account_no debit, account_no credit, ledger::amount value,
                ledger::transaction_posted details = {}) {
    if (details.key.empty())
      details.key = "k" + std::to_string(seq_);
    details.entries = {{debit, ledger::side::debit, value}, {credit, ledger::side::credit, value}};
    write(ledger::event{details});
  }

  void close(account_no n) { write(ledger::account_closed{n, {}}); }
  void reopen(account_no n) { write(ledger::account_reopened{n, {}}); }

  const std::string& text() const { return text_; }
  const ledger::chart& chart() const { return names_.chart; }

private:
  void write(const ledger::event& x) {
    event_envelope envelope{.id = {.book = book_id{1}, .seq = event_seq{++seq_}},
                            .epoch = writer_epoch{1},
                            .committed_at = timestamp{86'400'000'000}};
    testing::append_hledger(envelope, x, names_.chart, text_);
  }

  testing::names names_;
  std::uint64_t seq_ = 0;
  std::string text_;
};

ledger::transaction_posted details(std::string key, std::vector<ledger::external_ref> refs) {
  ledger::transaction_posted x;
  x.key = std::move(key);
  x.refs = std::move(refs);
  return x;
}

bool has_hledger() { return std::system("hledger --version >/dev/null 2>&1") == 0; }

/// What hledger prints about the journal. Fails the test when hledger does.
std::string hledger(const journal& x, const std::string& arguments) {
  REQUIRE(has_hledger()); // scripts/setup installs it
  auto path = std::filesystem::temp_directory_path() /
              ("daybook-" + std::to_string(::getpid()) + ".journal");
  std::ofstream{path} << x.text();
  auto command = "LC_ALL=C.UTF-8 hledger -f " + path.string() + " " + arguments + " 2>&1";
  auto* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe);
  std::string output;
  char buffer[4096];
  while (auto size = std::fread(buffer, 1, sizeof buffer, pipe))
    output.append(buffer, size);
  auto status = ::pclose(pipe);
  std::filesystem::remove(path);
  INFO(x.text());
  INFO(output);
  REQUIRE(status == 0);
  return output;
}

/// The name before it was percent-encoded.
std::string decoded(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      name += text[i];
      continue;
    }
    name += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
    i += 2;
  }
  return name;
}

/// The cells of a line of CSV where every cell is quoted.
std::vector<std::string> cells_of(std::string_view line) {
  std::vector<std::string> cells(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '"')
      cells.back() += line[i];
    else if (line.substr(i, 3) == "\",\"") {
      cells.emplace_back();
      i += 2;
    } else if (line.substr(i, 2) == "\"\"" && i > 0)
      cells.back() += line[i++];
  }
  return cells;
}

using balances = std::map<std::pair<std::string, std::string>, std::string>;

/// Amount by account and asset, as hledger adds it up; accounts at zero are not there.
balances hledger_balances(const journal& x) {
  auto csv = hledger(x, "balance --flat --no-total --layout=bare -O csv");
  balances all;
  std::string_view rest = csv;
  for (bool header = true; !rest.empty(); header = false) {
    auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    auto cells = cells_of(line);
    REQUIRE(cells.size() == 3);
    if (!header)
      all[{decoded(cells[0]), decoded(cells[1])}] = cells[2];
  }
  return all;
}

const std::vector<std::string> tricky_paths{"assets:cash at hand",
                                            "assets:a  b",
                                            "assets:a   b",
                                            "assets:a\u00a0b",
                                            "assets:a\u3000\u3000b",
                                            "assets: lead",
                                            "assets:trail :x",
                                            "účet:Karel Čapek",
                                            "*starred",
                                            "!pending",
                                            "(virtual)",
                                            "[balanced]",
                                            ";comment",
                                            "a;b",
                                            "a  ;b",
                                            "#hash",
                                            "\"quoted\"",
                                            "100% wool",
                                            "100%25 wool",
                                            "2024-01-01",
                                            "-minus",
                                            "=equals @ {1}",
                                            "~tilde",
                                            "comment",
                                            "end",
                                            "type:A",
                                            "a|b",
                                            "💰:€"};

} // namespace

TEST_CASE("a journal reads as documented") {
  journal x;
  auto czk = x.asset("CZK", 2);
  auto cash = x.account("assets:cash", czk);
  auto customer = x.account("customers:15", czk, ledger::account_kind::liability);
  auto clearing = x.account("clearing", czk, ledger::account_kind::clearing);
  auto first = details("trans-1; | %", {{"bank", "35,30"}, {"order id", "a b"}});
  first.occurred_at = parse_timestamp("1994-03-31T23:59:59Z").value();
  first.metadata = R"({"a":1})";
  x.transfer(cash, customer, ledger::amount{22'670}, first);
  x.transfer(clearing, cash, ledger::amount{5});
  CHECK(x.text() == "decimal-mark .\n"
                    "commodity 1000.00 CZK\n"
                    "account assets:cash  ; type:A\n"
                    "account customers:15  ; type:L\n"
                    "account clearing\n"
                    "\n"
                    "1994-03-31 (5) trans-1%3B %7C %25  ; ref-bank:35%2C30, ref-order%20id:a b\n"
                    "    assets:cash  226.70 CZK\n"
                    "    customers:15  -226.70 CZK\n"
                    "\n"
                    "1970-01-02 (6) k5\n"
                    "    clearing  0.05 CZK\n"
                    "    assets:cash  -0.05 CZK\n");
  hledger(x, "check --strict");
}

TEST_CASE("a transaction that takes another back has its seq as a tag") {
  journal x;
  auto czk = x.asset("CZK", 2);
  auto cash = x.account("cash", czk);
  auto other = x.account("other", czk);
  x.transfer(cash, other, ledger::amount{100});
  auto back = details("back", {{"bank", "7"}});
  back.reverses = event_seq{4};
  auto before = x.text();
  x.transfer(other, cash, ledger::amount{100}, back);
  CHECK(x.text() == before + "\n"
                             "1970-01-02 (5) back  ; ref-bank:7, reverses:4\n"
                             "    other  1.00 CZK\n"
                             "    cash  -1.00 CZK\n");
  hledger(x, "check --strict");
  auto found = hledger(x, "print -O csv tag:reverses=^4$");
  CHECK(std::ranges::count(found, '\n') == 1 + 2);
  CHECK(hledger_balances(x).empty());
}

TEST_CASE("closing and reopening an account leave no trace in a journal") {
  journal x;
  auto czk = x.asset("CZK", 2);
  auto cash = x.account("cash", czk);
  auto before = x.text();
  x.close(cash);
  x.reopen(cash);
  CHECK(x.text() == before);
}

TEST_CASE("hledger reads tricky account names apart") {
  journal x;
  auto czk = x.asset("CZK", 2);
  auto all = x.account("all", czk);
  balances expected;
  std::int64_t value = 0;
  for (auto& path : tricky_paths) {
    REQUIRE(check_label("path", path).has_value());
    ++value;
    x.transfer(x.account(path, czk), all, ledger::amount{value});
    expected[{path, "CZK"}] = ledger::to_decimal(ledger::amount{value}, 2);
  }
  expected[{"all", "CZK"}] = ledger::to_decimal(ledger::amount{-value * (value + 1) / 2}, 2);
  hledger(x, "check --strict");
  CHECK(hledger_balances(x) == expected);
}

TEST_CASE("hledger reads tricky asset names apart") {
  journal x;
  balances expected;
  for (std::string id : {"EUR", "X1", "a b", "a  b", "€", "1", "-", "\"", ";", "%", "%22", "a;b",
                         "\u00a0", "=", "@", "{", "1.5", "h"}) {
    auto asset = x.asset(id, 1);
    x.transfer(x.account("in:" + id, asset), x.account("out:" + id, asset), ledger::amount{15});
    expected[{"in:" + id, id}] = "1.5";
    expected[{"out:" + id, id}] = "-1.5";
  }
  hledger(x, "check --strict");
  CHECK(hledger_balances(x) == expected);
}

TEST_CASE("hledger reads every amount exactly") {
  journal x;
  balances expected;
  for (std::uint8_t precision : {0, 2, 3, 18, 30}) {
    auto id = "P" + std::to_string(precision);
    auto asset = x.asset(id, precision);
    for (auto value : {ledger::amount{1}, ledger::amount{1000}, ledger::amount{1'000'000},
                       ledger::amount::max()}) {
      auto name = id + ":" + ledger::to_decimal(value, 0);
      x.transfer(x.account("in:" + name, asset), x.account("out:" + name, asset), value);
      expected[{"in:" + name, id}] = ledger::to_decimal(value, precision);
      expected[{"out:" + name, id}] = ledger::to_decimal(-value, precision);
    }
  }
  hledger(x, "check --strict");
  CHECK(hledger_balances(x) == expected);
}

TEST_CASE("hledger takes keys and references as they come") {
  journal x;
  auto czk = x.asset("CZK", 2);
  auto from = x.account("from", czk);
  auto to = x.account("to", czk);
  for (auto& name : tricky_paths) {
    x.transfer(to, from, ledger::amount{1},
               details(name, {{name, name}, {"date", "2020-01-01"}, {"x", "[2020-01-01]"}}));
  }
  hledger(x, "check --strict");
  auto days = hledger(x, "print -O csv date:1970-01-02");
  auto count = static_cast<std::size_t>(std::ranges::count(days, '\n'));
  CHECK(count == 1 + 2 * tricky_paths.size());
}

TEST_CASE("hledger reads any names apart") {
  auto seed = Catch::getSeed();
  CAPTURE(seed);
  std::mt19937 random{seed};
  const std::vector<std::string> pieces{"a", "Z", "0", " ", "  ",     ":", "\"", ";", "%",
                                        ",", "|", "(", "é", "\u00a0", "€", "=",  "@", "*"};
  std::set<std::string> names;
  while (names.size() < 300) {
    std::string name;
    for (auto length = 1 + random() % 6; length > 0; --length)
      name += pieces[random() % pieces.size()];
    if (check_account_path(name))
      names.insert(name);
  }
  journal x;
  auto czk = x.asset("CZK", 2);
  auto all = x.account("all", czk);
  balances expected{{{"all", "CZK"}, "-3.00"}};
  for (auto& name : names) {
    x.transfer(x.account(name, czk), all, ledger::amount{1}, details(name, {{name, name}}));
    expected[{name, "CZK"}] = "0.01";
  }
  hledger(x, "check --strict");
  CHECK(hledger_balances(x) == expected);
}
