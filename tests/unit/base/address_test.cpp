#include "base/address.hpp"

#include <catch2/catch_all.hpp>

namespace daybook {

TEST_CASE("an address is read with and without port and brackets") {
  struct row {
    std::string_view text;
    address expected;
  };
  auto x =
      GENERATE(row{"127.0.0.1:7717", {"127.0.0.1", 7717}}, row{"localhost", {"localhost", 7717}},
               row{"ledger.example:0", {"ledger.example", 0}}, row{"[::1]:9000", {"::1", 9000}},
               row{"[::1]", {"::1", 7717}}, row{"host:65535", {"host", 65535}});
  CAPTURE(x.text);
  auto parsed = parse_address(x.text);
  REQUIRE(parsed);
  CHECK(*parsed == x.expected);
  CHECK(parse_address(to_string(*parsed)) == *parsed);
}

TEST_CASE("what is not an address is refused with what was given") {
  auto text = GENERATE("", ":7717", "[]:1", "[::1", "::1", "::1:7717", "host:", "host:65536",
                       "host:-1", "host:+1", "host: 1", "host:1x", "[::1]7717", "a:1:2");
  CAPTURE(text);
  auto parsed = parse_address(text);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ec::invalid_argument);
  CHECK(parsed.error().get("address") == text);
}

TEST_CASE("an IPv6 address is printed in brackets") {
  CHECK(to_string(address{"::1", 7717}) == "[::1]:7717");
  CHECK(to_string(address{"127.0.0.1", 0}) == "127.0.0.1:0");
}

} // namespace daybook
