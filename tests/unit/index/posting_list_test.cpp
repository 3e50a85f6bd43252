#include "index/posting_list.hpp"
#include "tests/unit/index/index_fixture.hpp"

#include <rapidcheck.h>

#include <map>
#include <set>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

using items = std::vector<std::pair<std::uint64_t, byte_buffer>>;

/// Nothing when the list is malformed.
std::optional<items> items_of(byte_span bytes) {
  items found;
  posting_list list{bytes};
  while (auto x = list.next())
    found.emplace_back(x->seq.value(), byte_buffer{x->value.begin(), x->value.end()});
  return list.malformed() ? std::nullopt : std::optional{found};
}

byte_buffer list_of(const items& xs) {
  posting_list_writer list;
  for (auto& [seq, value] : xs)
    list.add({event_seq{seq}, value});
  return {list.bytes().begin(), list.bytes().end()};
}

byte_buffer bytes_of(std::initializer_list<int> xs) {
  byte_buffer bytes;
  for (auto x : xs)
    bytes.push_back(static_cast<std::byte>(x));
  return bytes;
}

} // namespace

TEST_CASE("lists of postings are these bytes") {
  CHECK(list_of({{300, bytes_of({7, 8})}, {301, {}}}) == bytes_of({0xac, 0x02, 2, 7, 8, 1, 0}));
  group_writer group;
  CHECK(group.empty());
  group.add(account_no{64}, bytes_of({1, 0}));
  group.add(account_no{66}, bytes_of({2, 1, 9}));
  CHECK_FALSE(group.empty());
  auto bytes = group.bytes();
  CHECK(byte_buffer(bytes.begin(), bytes.end()) ==
        bytes_of({5, 0, 0, 0, 0, 0, 0, 0, 2, 3, 1, 0, 2, 1, 9}));
  group.clear();
  CHECK(group.empty());
}

TEST_CASE("lists of postings come back, each from its group") {
  REQUIRE(rc::check([](std::map<std::uint8_t, std::set<std::uint64_t>> seqs_of) {
    group_writer group;
    std::map<std::uint32_t, items> expected;
    for (auto& [n, seqs] : seqs_of) {
      items xs;
      for (auto seq : seqs)
        if (seq != 0)
          xs.emplace_back(seq, value_of(seq));
      if (n >= accounts_per_group || xs.empty())
        continue;
      group.add(account_no{128U + n}, list_of(xs));
      expected[128U + n] = xs;
    }
    auto bytes = group.bytes();
    for (std::uint32_t n = 128; n < 128 + accounts_per_group; ++n) {
      auto list = list_in_group(bytes, account_no{n});
      RC_ASSERT(list.has_value());
      RC_ASSERT(items_of(*list) == expected[n]);
    }
  }));
}

TEST_CASE("lists that are malformed are said to be") {
  auto good = list_of({{5, value_of(5)}, {900, value_of(900)}});
  for (std::size_t size = 1; size < good.size(); ++size) {
    auto cut = items_of(byte_span{good}.first(size));
    // A cut between two postings leaves a list.
    CHECK((!cut || *cut == items{{5, value_of(5)}}));
  }
  CHECK_FALSE(items_of(bytes_of({0, 0})));    // an event twice
  CHECK_FALSE(items_of(bytes_of({1, 5, 1}))); // a value that is cut off
  CHECK_FALSE(items_of(bytes_of({5, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0})));
  for (auto& group :
       {bytes_of({}), bytes_of({1, 0, 0, 0, 0, 0, 0}),
        bytes_of({1, 0, 0, 0, 0, 0, 0, 0}),       // without a size
        bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 0}),    // with an empty list
        bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 2, 1}), // with a list that is cut off
        bytes_of({1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 1, 0})})
    CHECK_FALSE(list_in_group(group, account_no{0}));
  CHECK(list_in_group(bytes_of({2, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0}), account_no{0})->empty());
}

TEST_CASE("no bytes are read outside a list") {
  REQUIRE(rc::check([](const std::vector<std::uint8_t>& random) {
    byte_buffer bytes;
    for (auto x : random)
      bytes.push_back(static_cast<std::byte>(x));
    items_of(bytes);
    for (std::uint32_t n = 0; n < accounts_per_group; ++n)
      if (auto list = list_in_group(bytes, account_no{n}))
        RC_ASSERT(list->size() <= bytes.size());
  }));
}
