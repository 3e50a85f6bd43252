#include "ledger/chart.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>

using namespace daybook;
using namespace daybook::ledger;

namespace {

account_entry entry(std::string path, asset_no asset, std::uint64_t seq) {
  account_definition definition;
  definition.path = std::move(path);
  definition.normal_side = side::debit;
  return {std::move(definition), asset, event_seq{seq}};
}

} // namespace

TEST_CASE("assets and accounts are numbered from zero and found by name") {
  chart x;
  auto eur = x.add(asset_entry{{"EUR", asset_class::fiat, 2, ""}, event_seq{1}});
  auto btc = x.add(asset_entry{{"BTC", asset_class::crypto, 8, ""}, event_seq{2}});
  auto cash = x.add(entry("cash", eur, 3));
  auto coins = x.add(entry("coins", btc, 4));
  CHECK(eur == asset_no{0});
  CHECK(coins == account_no{1});
  CHECK(x.assets() == 2);
  CHECK(x.accounts() == 2);
  CHECK(x.find_asset("BTC") == btc);
  CHECK(x.find_account("cash") == cash);
  CHECK_FALSE(x.find_account("EUR"));
  CHECK_FALSE(x.find_asset("cash"));
  CHECK(x[coins].definition.path == "coins");
  CHECK(x.asset_of(coins).definition.id == "BTC");
  CHECK(x[coins].opened_at == event_seq{4});
}

TEST_CASE("entries and the names that find them stay while others are added") {
  chart x;
  auto first = x.add(entry("0", asset_no{}, 1));
  auto* place = &x[first];
  for (std::uint32_t i = 1; i < 5000; ++i)
    x.add(entry(std::to_string(i), asset_no{}, i));
  CHECK(&x[first] == place);
  for (std::uint32_t i = 0; i < 5000; ++i)
    REQUIRE(x.find_account(std::to_string(i)) == account_no{i});
}

TEST_CASE("another thread reads an entry while others are added") {
  chart x;
  auto n = x.add(entry("first", asset_no{}, 1));
  std::thread reader{[&x, n] {
    for (int i = 0; i < 10'000; ++i)
      if (x[n].definition.path != "first")
        throw std::logic_error{"an entry changed"};
  }};
  for (std::uint32_t i = 0; i < 10'000; ++i)
    x.add(entry(std::to_string(i), asset_no{}, i));
  reader.join();
  CHECK(x.accounts() == 10'001);
}

TEST_CASE("entries that were never durable are taken back, with their names") {
  chart x;
  auto eur = x.add(asset_entry{{"EUR", asset_class::fiat, 2, ""}, event_seq{1}});
  auto cash = x.add(entry("cash", eur, 2));
  x.add(asset_entry{{"BTC", asset_class::crypto, 8, ""}, event_seq{3}});
  x.add(entry("coins", asset_no{1}, 4));
  x.truncate(1, 1);
  CHECK(x.assets() == 1);
  CHECK(x.accounts() == 1);
  CHECK_FALSE(x.find_asset("BTC"));
  CHECK_FALSE(x.find_account("coins"));
  CHECK(x.find_account("cash") == cash);
  CHECK(x.add(entry("bank", eur, 3)) == account_no{1});
  CHECK(x.find_account("bank") == account_no{1});
}
