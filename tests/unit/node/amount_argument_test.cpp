#include "node/amount_argument.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node {

TEST_CASE("an amount argument is split at its last equals sign") {
  CHECK(parse_amount_argument("assets:cash=226.70") == amount_argument{"assets:cash", "226.70"});
  CHECK(parse_amount_argument("a=b=1") == amount_argument{"a=b", "1"});
  CHECK(parse_amount_argument("a=-1") == amount_argument{"a", "-1"});
}

TEST_CASE("an amount argument without path or amount is refused") {
  auto text = GENERATE("", "=", "assets:cash", "=1", "assets:cash=");
  CAPTURE(text);
  auto parsed = parse_amount_argument(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ec::invalid_argument);
  CHECK(parsed.error().get("argument") == text);
}

} // namespace daybook::node
