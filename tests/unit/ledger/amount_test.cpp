#include "ledger/amount.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <limits>
#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

// 2^127 − 1
const std::string max_digits = "170141183460469231731687303715884105727";

amount any_amount() {
  auto high = *rc::gen::arbitrary<std::uint64_t>();
  auto low = *rc::gen::arbitrary<std::uint64_t>();
  auto bits = *rc::gen::inRange(0, 128);
  auto wide = ((uint128{high} << 64) | low) >> bits;
  return amount::from_int128(static_cast<int128>(wide)).value_or(amount{});
}

ec refusal(std::string_view text, std::uint8_t precision) {
  auto parsed = parse_decimal(text, precision);
  CAPTURE(text, precision);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().get("amount") == text);
  return parsed.error().code();
}

} // namespace

TEST_CASE("minor units are printed with the decimals of their asset") {
  CHECK(to_decimal(amount{22670}, 2) == "226.70");
  CHECK(to_decimal(amount{-5}, 0) == "-5");
  CHECK(to_decimal(amount{-5}, 2) == "-0.05");
  CHECK(to_decimal(amount{}, 3) == "0.000");
  CHECK(to_decimal(amount{1}, 30) == "0.000000000000000000000000000001");
  CHECK(to_decimal(amount::max(), 0) == max_digits);
  CHECK(to_decimal(-amount::max(), 0) == "-" + max_digits);
}

TEST_CASE("decimals are read into minor units") {
  CHECK(parse_decimal("226.70", 2) == amount{22670});
  CHECK(parse_decimal("226.7", 2) == amount{22670});
  CHECK(parse_decimal("226", 2) == amount{22600});
  CHECK(parse_decimal("-5", 0) == amount{-5});
  CHECK(parse_decimal("+0.1", 1) == amount{1});
  CHECK(parse_decimal("-0", 2) == amount{});
  CHECK(parse_decimal("000000000000000000000000000000000000000000000001", 0) == amount{1});
  CHECK(parse_decimal(max_digits, 0) == amount::max());
  CHECK(parse_decimal("-" + max_digits, 0) == -amount::max());
}

TEST_CASE("what is not a decimal is refused") {
  for (auto text :
       {"",      " ",  "+",  "-",     ".",    "1.",    ".5",  "--1", "+-1",  "1e3",  "1,5",
        "1 000", " 1", "1 ", "1.2.3", "0x10", "1_000", "inf", "nan", "1.-2", "1.+2", "٣"})
    CHECK(refusal(text, 30) == ec::invalid_amount);
}

TEST_CASE("more decimals than the asset has are refused, even zeros") {
  CHECK(refusal("1.234", 2) == ec::invalid_amount);
  CHECK(refusal("1.000", 2) == ec::invalid_amount);
  CHECK(refusal("1.0", 0) == ec::invalid_amount);
}

TEST_CASE("a number of more than 127 bits is refused") {
  CHECK(refusal("170141183460469231731687303715884105728", 0) == ec::overflow);
  CHECK(refusal("-170141183460469231731687303715884105728", 0) == ec::overflow);
  CHECK(refusal(std::string(1000, '9'), 0) == ec::overflow);
  CHECK(refusal("1000000000", 30) == ec::overflow);
  CHECK(refusal(max_digits, 1) == ec::overflow);
}

TEST_CASE("a refused amount is shown in one line") {
  auto parsed = parse_decimal("1\n2", 2);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().get("amount") == "1\\x0a2");
}

TEST_CASE("any amount is read back as it was printed") {
  REQUIRE(rc::check("any amount is read back as it was printed", [] {
    auto x = *rc::gen::arbitrary<bool>() ? any_amount() : -any_amount();
    auto precision = *rc::gen::inRange<std::uint8_t>(0, 31);
    RC_ASSERT(parse_decimal(to_decimal(x, precision), precision) == x);
  }));
}

TEST_CASE("text is only read as an amount when it is printed alike") {
  REQUIRE(rc::check("text is only read as an amount when it is printed alike", [] {
    auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string{"0123456789.+-e ,"}));
    auto parsed = parse_decimal(text, 4);
    if (!parsed)
      return;
    auto digits = text.substr(text.find_first_not_of("+-"));
    digits = digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
    auto printed = to_decimal(parsed->is_negative() ? -*parsed : *parsed, 4);
    printed = printed.substr(std::min(printed.find_first_not_of('0'), printed.size()));
    RC_ASSERT(printed.starts_with(digits) || (digits.empty() && parsed->is_zero()));
    RC_ASSERT(parsed->is_zero() || parsed->is_negative() == text.starts_with('-'));
  }));
}

TEST_CASE("sums and differences are exact, or there are none") {
  CHECK(checked_add(amount{2}, amount{3}) == amount{5});
  CHECK(checked_subtract(amount{2}, amount{3}) == amount{-1});
  CHECK(checked_add(amount::max(), amount{}) == amount::max());
  CHECK(checked_subtract(amount::max(), amount::max()) == amount{});
  CHECK_FALSE(checked_add(amount::max(), amount{1}));
  CHECK_FALSE(checked_add(-amount::max(), amount{-1}));
  CHECK_FALSE(checked_subtract(-amount::max(), amount::max()));
}

TEST_CASE("the number without a negation is no amount") {
  auto lowest = (-amount::max()).value() - 1;
  CHECK_FALSE(amount::from_int128(lowest));
  CHECK(amount::from_int128(lowest + 1) == -amount::max());
}
