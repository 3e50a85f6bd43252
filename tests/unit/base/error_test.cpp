#include "base/error.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace daybook;

TEST_CASE("every code has a name of its own and a description") {
  for (int i = 1; i <= static_cast<int>(ec::timed_out); ++i) {
    auto code = static_cast<ec>(i);
    auto found = ec{};
    CAPTURE(i, to_string(code));
    CHECK(from_string(to_string(code), found));
    CHECK(found == code);
    CHECK_FALSE(description(code).empty());
  }
}

TEST_CASE("a number that is no code is called unknown, and unknown is no code") {
  auto code = ec::io;
  CHECK(to_string(ec{}) == "unknown");
  CHECK(to_string(ec{200}) == "unknown");
  CHECK_FALSE(from_string("unknown", code));
  CHECK(code == ec::io);
}

TEST_CASE("an error keeps its facts by name") {
  auto x = error{ec::not_found, "there is no book \"x\"", {{"what", "x"}}}.with("path", "/data");
  CHECK(x.get("what") == "x");
  CHECK(x.get("path") == "/data");
  CHECK(x.get("limit").empty());
  CHECK(std::move(x).with("what", "y").get("what") == "y");
}

TEST_CASE("an error is printed on one line, with the general sentence if it has none") {
  CHECK(to_string(error{ec::locked, "busy", {{"path", "/data"}, {"pid", "7"}}}) ==
        "locked: busy (path=/data, pid=7)");
  CHECK(to_string(error{ec::not_found, ""}) == "not_found: there is no such thing");
}
