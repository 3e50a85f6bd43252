#include "ledger/stable_vector.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

using daybook::ledger::stable_vector;

TEST_CASE("elements stay where they are") {
  stable_vector<std::string> x;
  std::vector<const std::string*> places;
  for (int i = 0; i < 10'000; ++i)
    places.push_back(&x.push_back(std::to_string(i)));
  REQUIRE(x.size() == 10'000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    REQUIRE(x[i] == std::to_string(i));
    REQUIRE(&x[i] == places[i]);
  }
}

TEST_CASE("chunks double, whatever the first one holds") {
  stable_vector<int, 1> x;
  for (int i = 0; i < 1000; ++i)
    x.push_back(int{i});
  for (std::size_t i = 0; i < 1000; ++i)
    REQUIRE(x[i] == static_cast<int>(i));
  // 1 + 2 + 4 + 8: the elements 7 to 14 are one chunk.
  CHECK(&x[14] - &x[7] == 7);
}

TEST_CASE("elements are destroyed once") {
  auto counted = std::make_shared<int>();
  {
    stable_vector<std::shared_ptr<int>> x;
    for (int i = 0; i < 100; ++i)
      x.push_back(std::shared_ptr{counted});
    CHECK(counted.use_count() == 101);
    auto y = std::move(x);
    CHECK(x.size() == 0);
    CHECK(y.size() == 100);
    CHECK(counted.use_count() == 101);
    x = std::move(y);
    CHECK(x.size() == 100);
  }
  CHECK(counted.use_count() == 1);
}

TEST_CASE("elements may be aligned to a cache line") {
  struct alignas(64) line {
    int x;
  };
  stable_vector<line> x;
  for (int i = 0; i < 100; ++i)
    CHECK(reinterpret_cast<std::uintptr_t>(&x.push_back({i})) % 64 == 0);
}

TEST_CASE("the last elements can be taken back, and their places used again") {
  auto counted = std::make_shared<int>();
  stable_vector<std::shared_ptr<int>, 2> x;
  for (std::size_t from : {7u, 6u, 2u, 0u}) {
    while (x.size() < 20)
      x.push_back(std::shared_ptr{counted});
    auto* place = &x[from];
    x.truncate(from);
    CHECK(x.size() == from);
    CHECK(counted.use_count() == 1 + static_cast<long>(from));
    CHECK(&x.push_back(std::make_shared<int>(1)) == place);
    CHECK(*x[from] == 1);
    x.truncate(from);
  }
}
