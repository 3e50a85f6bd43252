#include "node/arguments.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node {

namespace {

template <class T>
void check_refused(const result<T>& parsed, const std::string& text) {
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ec::invalid_argument);
  CHECK(parsed.error().get("argument") == text);
}

} // namespace

TEST_CASE("a count is a whole number and nothing else") {
  CHECK(parse_count("0") == 0u);
  CHECK(parse_count("18446744073709551615") == 18446744073709551615u);
  auto text = GENERATE("", "-1", "+1", " 1", "1 ", "1.0", "0x10", "seven", "18446744073709551616");
  CAPTURE(text);
  check_refused(parse_count(text), text);
}

TEST_CASE("a moment is a seq or a time") {
  auto seq = parse_moment("17");
  REQUIRE(seq);
  CHECK(seq->seq == event_seq{17});
  CHECK_FALSE(seq->time);
  auto time = parse_moment("1970-01-01T00:00:01Z");
  REQUIRE(time);
  CHECK(time->time == timestamp{1'000'000});
  CHECK_FALSE(time->seq);
  REQUIRE(parse_moment("1970-01-02"));
}

TEST_CASE("what is neither a seq nor a time is no moment") {
  auto text = GENERATE("", "-1", "yesterday", "2024-05-01T12:00:00", "99999999999999999999");
  CAPTURE(text);
  check_refused(parse_moment(text), text);
}

TEST_CASE("an event is named by its id or its seq") {
  transaction_id id{book_id{0xabc}, event_seq{7}};
  CHECK(parse_event_name(to_string(id)) == event_name{id});
  CHECK(parse_event_name("7") == event_name{event_seq{7}});
}

TEST_CASE("what is neither an id nor a seq names no event") {
  auto text = GENERATE("", "-7", "abc", "0000000000000ABC0000000000000007");
  CAPTURE(text);
  check_refused(parse_event_name(text), text);
}

TEST_CASE("an amount argument is split at its last equals sign") {
  CHECK(parse_amount_argument("assets:cash=226.70") == amount_argument{"assets:cash", "226.70"});
  CHECK(parse_amount_argument("a=b=1") == amount_argument{"a=b", "1"});
  CHECK(parse_amount_argument("a=-1") == amount_argument{"a", "-1"});
}

TEST_CASE("an amount argument without path or amount is refused") {
  auto text = GENERATE("", "=", "assets:cash", "=1", "assets:cash=");
  CAPTURE(text);
  check_refused(parse_amount_argument(text), text);
}

TEST_CASE("a version argument is a path and a seq") {
  CHECK(parse_version_argument("a=b=0") == version_argument{"a=b", event_seq{0}});
  auto text = GENERATE("", "a", "=1", "a=", "a=-1", "a=1.5");
  CAPTURE(text);
  check_refused(parse_version_argument(text), text);
}

} // namespace daybook::node
