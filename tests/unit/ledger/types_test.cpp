#include "ledger/types.hpp"

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>

using namespace daybook::ledger;

TEMPLATE_TEST_CASE("every value has a name of its own", "", asset_class, account_kind, side) {
  auto found = 0;
  for (int i = 0; i < 256; ++i) {
    auto x = static_cast<TestType>(i);
    auto back = TestType{};
    CAPTURE(i);
    CHECK(from_string(to_string(x), back) == is_known(x));
    CHECK(back == (is_known(x) ? x : TestType{}));
    found += is_known(x);
  }
  CHECK(found >= 2);
}

TEST_CASE("names are those of the documentation") {
  CHECK(to_string(asset_class::fiat) == "fiat");
  CHECK(to_string(account_kind::clearing) == "clearing");
  CHECK(to_string(side::credit) == "credit");
  CHECK(to_string(side{}) == "unknown");
  auto x = side::credit;
  CHECK_FALSE(from_string("Debit", x));
  CHECK_FALSE(from_string("", x));
  CHECK(x == side::credit);
}

TEST_CASE("the kinds grow on their sides") {
  CHECK(default_normal_side(account_kind::asset) == side::debit);
  CHECK(default_normal_side(account_kind::expense) == side::debit);
  CHECK(default_normal_side(account_kind::clearing) == side::debit);
  CHECK(default_normal_side(account_kind::liability) == side::credit);
  CHECK(default_normal_side(account_kind::equity) == side::credit);
  CHECK(default_normal_side(account_kind::income) == side::credit);
}
