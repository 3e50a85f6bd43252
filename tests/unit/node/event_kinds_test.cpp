#include "node/event_kinds.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node {

using actors::event_kind;

TEST_CASE("a filter has the kinds that are named, in their own order") {
  auto filter = make_filter({"account_closed", "asset", "asset"}, {"assets"});
  CHECK(filter.kinds == std::vector{event_kind::asset_registered, event_kind::account_closed});
  CHECK(filter.account_prefixes == std::vector<std::string>{"assets"});
}

TEST_CASE("a filter is described by what it lets through") {
  CHECK(describe({}) == "-");
  CHECK(describe(make_filter({"transaction", "account_reopened"}, {})) ==
        "transaction, account_reopened");
  CHECK(describe(make_filter({"transaction"}, {"a", "b"})) == "transaction; a, b");
  CHECK(describe(make_filter({}, {"a"})) == "a");
}

} // namespace daybook::node
