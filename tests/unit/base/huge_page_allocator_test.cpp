#include "base/huge_page_allocator.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

using namespace daybook;

TEST_CASE("memory of any size can be written to its end, and what is large begins at a page") {
  auto bytes = GENERATE(std::size_t{1}, huge_page_bytes - 1, huge_page_bytes, huge_page_bytes + 1,
                        3 * huge_page_bytes);
  huge_page_allocator<char> allocator;
  auto* memory = allocator.allocate(bytes);
  std::memset(memory, 7, bytes);
  CHECK(memory[bytes - 1] == 7);
  if (bytes >= huge_page_bytes)
    CHECK(reinterpret_cast<std::uintptr_t>(memory) % huge_page_bytes == 0);
  allocator.deallocate(memory, bytes);
}

TEST_CASE("a container grows across the size of a page") {
  std::vector<std::uint64_t, huge_page_allocator<std::uint64_t>> xs;
  for (std::uint64_t i = 0; i < huge_page_bytes / 4; ++i)
    xs.push_back(i);
  CHECK(xs.front() == 0);
  CHECK(xs.back() == huge_page_bytes / 4 - 1);
}

TEST_CASE("more than there can be is refused, and does not wrap") {
  huge_page_allocator<std::uint64_t> allocator;
  CHECK_THROWS_AS(allocator.allocate(std::numeric_limits<std::size_t>::max() / 4), std::bad_alloc);
}
