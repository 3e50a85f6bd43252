#include "base/timestamp.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace daybook;

namespace {

constexpr std::int64_t us_of_0001 = -62'135'596'800'000'000;
constexpr std::int64_t us_of_10000 = 253'402'300'800'000'000;

std::int64_t us(std::string_view text) {
  auto parsed = parse_timestamp(text);
  CAPTURE(text);
  REQUIRE(parsed);
  return parsed->us();
}

} // namespace

TEST_CASE("a date is midnight in UTC") {
  CHECK(us("1970-01-01") == 0);
  CHECK(us("1970-01-02") == 86'400'000'000);
  CHECK(us("1969-12-31") == -86'400'000'000);
  CHECK(us("0001-01-01") == us_of_0001);
  CHECK(us("2000-03-01") == 951'868'800'000'000);
}

TEST_CASE("a time has minutes, and may have seconds and their fractions") {
  CHECK(us("1970-01-01T00:01Z") == 60'000'000);
  CHECK(us("1970-01-01T01:02:03Z") == 3'723'000'000);
  CHECK(us("1970-01-01T00:00:00.5Z") == 500'000);
  CHECK(us("1970-01-01T00:00:00.000001Z") == 1);
  CHECK(us("1969-12-31T23:59:59.999999Z") == -1);
  CHECK(us("9999-12-31T23:59:59.999999Z") == us_of_10000 - 1);
}

TEST_CASE("an offset is what the local clock is ahead of UTC") {
  CHECK(us("1970-01-01T01:00+01:00") == 0);
  CHECK(us("1969-12-31T18:30-05:30") == 0);
  CHECK(us("1970-01-01T00:00:00.25+00:00") == 250'000);
  CHECK(us("2024-03-01T00:30+01:00") == us("2024-02-29T23:30Z"));
}

TEST_CASE("a leap day exists in leap years only") {
  CHECK(us("2024-03-01") - us("2024-02-29") == 86'400'000'000);
  CHECK(us("2000-02-29") > 0);
  CHECK_FALSE(parse_timestamp("2023-02-29"));
  CHECK_FALSE(parse_timestamp("1900-02-29"));
  CHECK_FALSE(parse_timestamp("2024-02-30"));
}

TEST_CASE("anything else is refused") {
  for (auto text : {
           "",
           "today",
           "2024",
           "2024-1-1",
           "24-01-01",
           "2024-01-01 ",
           " 2024-01-01",
           "2024/01/01",
           "0000-01-01",
           "2024-00-01",
           "2024-13-01",
           "2024-01-00",
           "2024-01-32",
           "2024-04-31",
           "+024-01-01",
           "-024-01-01",
           "2024-01-+1",
           "2024-01-01T",
           "2024-01-01T10Z",
           "2024-01-01t10:00Z",
           "2024-01-01 10:00Z",
           "2024-01-01T10:00",
           "2024-01-01T10:00:00", // without a zone
           "2024-01-01T24:00Z",
           "2024-01-01T10:60Z",
           "2024-01-01T10:00:60Z",
           "2024-01-01T1:00Z",
           "2024-01-01T10:00:00.Z",
           "2024-01-01T10:00:00.1234567Z",
           "2024-01-01T10:00:00,5Z",
           "2024-01-01T10:00z",
           "2024-01-01T10:00ZZ",
           "2024-01-01T10:00+1:00",
           "2024-01-01T10:00+0100",
           "2024-01-01T10:00+24:00",
           "2024-01-01T10:00+01:60",
           "2024-01-01T10:00+01",
           "0001-01-01T00:00+00:01",
           "9999-12-31T23:59:59-00:01", // not of these years in UTC
       }) {
    CAPTURE(text);
    auto parsed = parse_timestamp(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code() == ec::invalid_argument);
    CHECK_FALSE(parsed.error().message().empty());
  }
}

TEST_CASE("a timestamp is printed as short as it can be") {
  CHECK(to_string(timestamp{}) == "1970-01-01");
  CHECK(to_string(timestamp{60'000'000}) == "1970-01-01T00:01:00Z");
  CHECK(to_string(timestamp{-1}) == "1969-12-31T23:59:59.999999Z");
  CHECK(to_string(timestamp{500'000}) == "1970-01-01T00:00:00.500000Z");
  CHECK(to_string(timestamp{us_of_0001}) == "0001-01-01");
}

TEST_CASE("the date is that of the day in UTC") {
  CHECK(to_date_string(timestamp{-1}) == "1969-12-31");
  CHECK(to_date_string(timestamp{86'399'999'999}) == "1970-01-01");
  CHECK(to_date_string(timestamp{us("2024-02-29T23:59:59Z")}) == "2024-02-29");
}

TEST_CASE("timestamps that no text stands for are printed all the same") {
  using limit = std::numeric_limits<std::int64_t>;
  CHECK(to_string(timestamp{us_of_10000}) == "10000-01-01");
  CHECK(to_string(timestamp{us_of_0001 - 1}) == "0000-12-31T23:59:59.999999Z");
  CHECK(to_string(timestamp{limit::max()}) == "294247-01-10T04:00:54.775807Z");
  CHECK(to_string(timestamp{limit::min()}) == "-290308-12-21T19:59:05.224192Z");
}

TEST_CASE("what is printed is read back to the same value") {
  REQUIRE(rc::check("what is printed is read back to the same value", [] {
    auto unit = *rc::gen::element<std::int64_t>(1, 1'000'000, 60'000'000, 86'400'000'000);
    auto x = *rc::gen::inRange<std::int64_t>(us_of_0001 / unit, us_of_10000 / unit);
    auto parsed = parse_timestamp(to_string(timestamp{x * unit}));
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(parsed->us() == x * unit);
  }));
}
