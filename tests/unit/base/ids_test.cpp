#include "base/ids.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>

using namespace daybook;

TEST_CASE("a transaction's id is 32 hexadecimal digits and comes back from them") {
  transaction_id x{book_id{0x0123456789abcdef}, event_seq{7}};
  CHECK(to_string(x) == "0123456789abcdef0000000000000007");
  transaction_id highest{book_id{std::numeric_limits<std::uint64_t>::max()},
                         event_seq{std::numeric_limits<std::uint64_t>::max()}};
  for (auto& id : {transaction_id{}, x, highest}) {
    transaction_id back{book_id{1}, event_seq{1}};
    CHECK(from_string(to_string(id), back));
    CHECK(back == id);
  }
}

TEST_CASE("nothing else is a transaction's id") {
  transaction_id x{book_id{1}, event_seq{2}};
  auto before = x;
  for (auto* text : {"", "0", "0123456789ABCDEF0000000000000007", "0123456789abcdef000000000000000",
                     "0123456789abcdef00000000000000070", "0123456789abcdef000000000000000g",
                     "-123456789abcdef0000000000000007"}) {
    INFO(text);
    CHECK_FALSE(from_string(text, x));
    CHECK(x == before);
  }
}
