#include "index/layout.hpp"

#include <catch2/catch_all.hpp>

#include <rapidcheck.h>

#include <numeric>

using namespace daybook;
using namespace daybook::index;

namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (unsigned char x : bytes)
    out.append({digits[x >> 4], digits[x & 15]});
  return out;
}

constexpr book_id book{0x0102030405060708};

} // namespace

TEST_CASE("keys are these bytes") {
  CHECK(hex(layout::of_book(book)) == "0102030405060708");
  CHECK(hex(layout::bucket_key(book, 0x0a0b, 0x0c0d)) ==
        "01020304050607080000000000000a0b00000c0d");
  CHECK(hex(layout::with_seq(layout::posting_prefix(book, account_no{0x0a0b0c0d}),
                             event_seq{0x3132})) == "0102030405060708010a0b0c0d0000000000003132");
  CHECK(hex(layout::with_seq(layout::group_prefix(book, 0x0a0b), event_seq{2})) ==
        "01020304050607080500000a0b0000000000000002");
  CHECK(hex(layout::with_seq(layout::sums_prefix(book, asset_no{1}), event_seq{2})) ==
        "010203040506070802000000010000000000000002");
  CHECK(hex(layout::with_seq(layout::boundary_prefix(book), event_seq{3})) ==
        "0102030405060708030000000000000003");
  CHECK(hex(layout::with_seq(layout::time_prefix(book, timestamp{-1}), event_seq{4})) ==
        "0102030405060708047fffffffffffffff0000000000000004");
  CHECK(hex(layout::time_prefix(book, timestamp{1})) == "0102030405060708048000000000000001");
  CHECK(hex(layout::checkpoint_key(book, "sum")) == "010203040506070873756d");
}

TEST_CASE("values are these bytes") {
  mark at{event_seq{0x0102}, writer_epoch{3}};
  at.chain[0] = std::byte{0xaa};
  at.chain[31] = std::byte{0xbb};
  CHECK(hex(layout::encode(at)) == "02010000000000000300000000000000"
                                   "aa00000000000000000000000000000000000000000000000000000000000"
                                   "0bb");
  key_directory directory{at, {{1, 2, 3, 4}, {0x0506, 7, 8, 9}}};
  CHECK(hex(layout::encode(directory)) == hex(layout::encode(at)) +
                                              "010000000000000002000000000000000304"
                                              "060500000000000007000000000000000809");
  key_secret secret;
  std::iota(secret.begin(), secret.end(), 5);
  auto format = hex(layout::encode(secret));
  CHECK(format.size() == 2 * 196);
  CHECK(format.starts_with("03000000"
                           "0500000000000000"
                           "0600000000000000"));
}

TEST_CASE("values come back, and nothing else is taken for one") {
  mark at{event_seq{1}, writer_epoch{2}};
  at.chain[7] = std::byte{3};
  key_directory directory{at, {{1, 2, 3, 4}, {5, 6, 7, 31}}};
  key_secret secret;
  std::iota(secret.begin(), secret.end(), 7);
  CHECK(layout::decode_mark(layout::encode(at)) == at);
  CHECK(layout::decode_key_directory(layout::encode(directory)) == directory);
  CHECK(layout::decode_key_directory(layout::encode(key_directory{at, {}})) ==
        key_directory{at, {}});
  directory.runs.back().bits = 32;
  CHECK_FALSE(layout::decode_key_directory(layout::encode(directory)));
  directory.runs.back() = directory.runs.front();
  CHECK_FALSE(layout::decode_key_directory(layout::encode(directory)));
  CHECK(layout::run_of_bucket_key(layout::bucket_key(book, 0x0a0b, 7)) == 0x0a0b);
  CHECK_FALSE(layout::run_of_bucket_key(layout::run_prefix(book, 1)));
  CHECK(layout::decode_format(layout::encode(secret)) == secret);
  for (auto size : {0UL, 8UL, 23UL, 25UL, 47UL, 49UL, 195UL, 197UL}) {
    std::string bytes(size, '\1');
    CHECK_FALSE(layout::decode_mark(bytes));
    CHECK_FALSE(layout::decode_key_directory(bytes));
    CHECK_FALSE(layout::decode_format(bytes));
  }
  auto newer = layout::encode(secret);
  newer[0] = 4;
  CHECK_FALSE(layout::decode_format(newer));
  CHECK(layout::seq_at_end(layout::with_seq("abc", event_seq{0xfedcba9876543210}), 11) ==
        event_seq{0xfedcba9876543210});
  CHECK_FALSE(layout::seq_at_end("abcdefghijk", 12));
  CHECK_FALSE(layout::seq_at_end("abc", 3));
}

TEST_CASE("the order of keys is the order of numbers") {
  REQUIRE(rc::check([](std::int64_t a, std::int64_t b, std::uint64_t m, std::uint64_t n) {
    auto times =
        layout::time_prefix(book, timestamp{a}) <=> layout::time_prefix(book, timestamp{b});
    RC_ASSERT(times == (a <=> b));
    auto seqs = layout::with_seq({}, event_seq{m}) <=> layout::with_seq({}, event_seq{n});
    RC_ASSERT(seqs == (m <=> n));
    auto books = layout::of_book(book_id{m}) <=> layout::of_book(book_id{n});
    RC_ASSERT(books == (m <=> n));
  }));
}

TEST_CASE("the end of a book is after its keys and before the next book") {
  for (auto id : {0ULL, 0xffULL, 0x0102030405060708ULL, ~0ULL - 1, ~0ULL}) {
    book_id any{id};
    auto end = layout::end_of(layout::of_book(any));
    CHECK(layout::of_book(any) < end);
    CHECK(layout::bucket_key(any, ~0ULL, ~0U) < end);
    CHECK(layout::checkpoint_key(any, std::string(255, '\xff')) < end);
    if (id != ~0ULL) {
      CHECK(end < layout::of_book(book_id{id + 1}));
    }
  }
}
