#include "node/listening.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook::node;

TEST_CASE("addresses that only this machine reaches") {
  auto host = GENERATE("127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1", "localhost");
  INFO(host);
  CHECK(is_loopback(host));
  CHECK_FALSE(is_any_address(host));
}

TEST_CASE("addresses that others may reach") {
  // The ending `invalid` is set aside for names without an address (RFC 6761).
  auto host = GENERATE("0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "::ffff:10.0.0.1", "fe80::1",
                       "nowhere.invalid", "");
  INFO(host);
  CHECK_FALSE(is_loopback(host));
}

TEST_CASE("a process may have more descriptors than it has at first") {
  auto limit = raise_descriptors();
  CHECK(limit > 0);
  CHECK(raise_descriptors() == limit);
}
