#include "ledger/chart.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <string>
#include <thread>

using namespace daybook;
using namespace daybook::ledger;

namespace {

/// A chart that opens accounts.
struct names : chart {
  account_no open(std::string path, asset_no asset, std::uint64_t seq) {
    account_definition x;
    x.path = std::move(path);
    x.normal_side = side::debit;
    auto n = next_account();
    add(x, asset, event_seq{seq});
    return n;
  }
};

} // namespace

TEST_CASE("assets and accounts are numbered from zero and found by name") {
  names x;
  auto eur = x.add(asset_entry{{"EUR", asset_class::fiat, 2, ""}, event_seq{1}});
  auto btc = x.add(asset_entry{{"BTC", asset_class::crypto, 8, ""}, event_seq{2}});
  auto cash = x.open("cash", eur, 3);
  auto coins = x.open("coins", btc, 4);
  CHECK(eur == asset_no{0});
  CHECK(coins == account_no{1});
  CHECK(x.assets() == 2);
  CHECK(x.accounts() == 2);
  CHECK(x.find_asset("BTC") == btc);
  CHECK(x.find_account("cash") == cash);
  CHECK_FALSE(x.find_account("EUR"));
  CHECK_FALSE(x.find_asset("cash"));
  CHECK(x[coins].path() == "coins");
  CHECK(x.asset_of(coins).definition.id == "BTC");
  CHECK(x[coins].opened_at == event_seq{4});
}

TEST_CASE("entries and the names that find them stay while others are added") {
  names x;
  auto first = x.open("0", asset_no{}, 1);
  auto* place = &x[first];
  for (std::uint32_t i = 1; i < 5000; ++i)
    x.open(std::to_string(i), asset_no{}, i);
  CHECK(&x[first] == place);
  for (std::uint32_t i = 0; i < 5000; ++i)
    REQUIRE(x.find_account(std::to_string(i)) == account_no{i});
}

TEST_CASE("another thread reads an entry while others are added") {
  names x;
  auto n = x.open("first", asset_no{}, 1);
  std::thread reader{[&x, n] {
    for (int i = 0; i < 10'000; ++i)
      if (x[n].path() != "first")
        throw std::logic_error{"an entry changed"};
  }};
  for (std::uint32_t i = 0; i < 10'000; ++i)
    x.open(std::to_string(i), asset_no{}, i);
  reader.join();
  CHECK(x.accounts() == 10'001);
}

TEST_CASE("entries that were never durable are taken back, with their names") {
  names x;
  auto eur = x.add(asset_entry{{"EUR", asset_class::fiat, 2, ""}, event_seq{1}});
  auto cash = x.open("cash", eur, 2);
  x.add(asset_entry{{"BTC", asset_class::crypto, 8, ""}, event_seq{3}});
  x.open("coins", asset_no{1}, 4);
  x.truncate(1, 1);
  CHECK(x.assets() == 1);
  CHECK(x.accounts() == 1);
  CHECK_FALSE(x.find_asset("BTC"));
  CHECK_FALSE(x.find_account("coins"));
  CHECK(x.find_account("cash") == cash);
  CHECK(x.open("bank", eur, 3) == account_no{1});
  CHECK(x.find_account("bank") == account_no{1});
}

TEST_CASE("an account is opened once") {
  names x;
  auto cash = x.open("cash", asset_no{}, 1);
  account_definition again;
  again.path = "cash";
  again.normal_side = side::credit;
  CHECK_FALSE(x.add(again, asset_no{}, event_seq{2}));
  CHECK(x.accounts() == 1);
  CHECK(x[cash].normal_side == side::debit);
  CHECK(x[cash].opened_at == event_seq{1});
}

TEST_CASE("an account is as it was defined") {
  names x;
  auto eur = x.add(asset_entry{{"EUR", asset_class::fiat, 2, ""}, event_seq{1}});
  account_definition plain{"plain", "EUR", account_kind::income, side::credit, {}, {}};
  account_definition low{"low", "EUR", account_kind::clearing, side::debit, amount{-5}, {}};
  account_definition both{"both", "EUR", account_kind::asset, side::debit, amount{0}, amount{9}};
  account_definition top{"top", "EUR", account_kind::asset, side::debit, {}, amount::max()};
  for (auto* definition : {&plain, &low, &both, &top}) {
    auto n = x.next_account();
    REQUIRE(x.add(*definition, eur, event_seq{2}));
    CHECK(x.definition_of(n) == *definition);
    CHECK(x[n].is_bounded() == (definition != &plain));
  }
  SECTION("also when its bounds are where those of one taken back were") {
    x.truncate(1, 2);
    auto n = x.next_account();
    REQUIRE(x.add(top, eur, event_seq{3}));
    CHECK(x.definition_of(n) == top);
    CHECK(x.definition_of(account_no{1}) == low);
  }
}

TEST_CASE("paths of any length are found after others were taken back, at any seed") {
  auto seed = GENERATE(std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0});
  chart x{seed};
  auto path = [](std::uint32_t i) { return std::string(i % 300, 'x') + std::to_string(i); };
  auto open = [&](std::uint32_t i) {
    account_definition y;
    y.path = path(i);
    y.normal_side = side::debit;
    REQUIRE(x.next_account() == account_no{i});
    REQUIRE(x.add(y, asset_no{}, event_seq{i + 1}));
  };
  for (std::uint32_t i = 0; i < 3'000; ++i)
    open(i);
  for (std::uint32_t kept : {2'999U, 2'000U, 17U, 0U}) {
    x.truncate(0, kept);
    CHECK_FALSE(x.find_account(path(kept)));
    for (auto i = kept; i < 3'000; ++i)
      open(i);
    for (std::uint32_t i = 0; i < 3'000; ++i) {
      REQUIRE(x.find_account(path(i)) == account_no{i});
      REQUIRE(x[account_no{i}].path() == path(i));
    }
  }
}

TEST_CASE("accounts whose hashes agree are told apart by their paths") {
  // Of so many, some ten pairs share the 32 bits that the index holds.
  constexpr std::uint32_t count = 300'000;
  names x;
  for (std::uint32_t i = 0; i < count; ++i)
    x.open(std::to_string(i), asset_no{}, i + 1);
  auto all_are_found = [&] {
    for (std::uint32_t i = 0; i < count; ++i)
      if (x.find_account(std::to_string(i)) != account_no{i})
        return false;
    return true;
  };
  CHECK(all_are_found());
  x.truncate(0, count / 2);
  for (auto i = count / 2; i < count; ++i)
    x.open(std::to_string(i), asset_no{}, i + 1);
  CHECK(all_are_found());
}
