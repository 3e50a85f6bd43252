#include "index/key_filter.hpp"

#include <catch2/catch_all.hpp>

#include <atomic>

using namespace daybook;
using namespace daybook::index;

namespace {

hash128 key_of(std::uint64_t n) { return {.low = n * 0x9e3779b97f4a7c15, .high = n}; }

constexpr std::int64_t bytes_for(std::int64_t keys) { return keys * 13 / 8; }

struct filter_fixture {
  explicit filter_fixture(std::int64_t bytes = 100'000'000) : left(bytes) {}

  /// Reserves, fills what was reserved, and tells what that took.
  std::int64_t grow(std::uint64_t keys) {
    auto before = left.load();
    REQUIRE(filter.reserve(keys));
    for (std::uint64_t i = 0; i < keys; ++i)
      filter.add(key_of(added++));
    return before - left;
  }

  std::atomic<std::int64_t> left;
  std::uint64_t added = 0;
  key_filter filter{left};
};

} // namespace

TEST_CASE("a filter knows every key that it has, and hardly any other") {
  filter_fixture x;
  for (int part = 0; part < 5; ++part)
    x.grow(3'000);
  for (std::uint64_t i = 0; i < x.added; ++i)
    REQUIRE(x.filter.may_have(key_of(i)));
  std::size_t wrong = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    wrong += x.filter.may_have(key_of(1'000'000 + i)) ? 1 : 0;
  CHECK(wrong < 10'000 / 100);
}

TEST_CASE("a part of a filter is for three times as many keys as those before it") {
  filter_fixture x;
  CHECK(x.grow(10'000) == bytes_for(10'000));
  CHECK(x.grow(10'000) == bytes_for(30'000));
  // There is room in the second part.
  CHECK(x.grow(10'000) == 0);
  CHECK(x.grow(10'000) == 0);
  CHECK(x.grow(10'000) == bytes_for(120'000));
}

TEST_CASE("a part takes no more than a quarter of what is left unless it has to") {
  filter_fixture x{bytes_for(50'000)};
  CHECK(x.grow(10'000) == bytes_for(10'000));
  CHECK(x.grow(1'000) == bytes_for(10'000));
  CHECK(x.grow(9'000) == 0);
  CHECK(x.grow(30'000) == bytes_for(30'000));
  CHECK(x.left < 10);
  CHECK_FALSE(x.filter.reserve(1'000));
  CHECK(x.left < 10);
  for (std::uint64_t i = 0; i < x.added; ++i)
    REQUIRE(x.filter.may_have(key_of(i)));
}

TEST_CASE("a filter that would be too large is refused, and takes nothing") {
  auto bytes = GENERATE(std::int64_t{0}, std::int64_t{-5}, bytes_for(999), std::int64_t{1} << 40);
  filter_fixture x{bytes};
  CHECK_FALSE(x.filter.reserve(bytes > 1'000'000 ? 128'000'001 : 1));
  CHECK(x.left == bytes);
}

TEST_CASE("what a filter took is given back") {
  filter_fixture x;
  x.grow(5'000);
  x.grow(5'000);
  x.filter.clear();
  CHECK(x.left == 100'000'000);
  CHECK_FALSE(x.filter.may_have(key_of(1)));
  CHECK(x.grow(2'000) == bytes_for(2'000));
}
