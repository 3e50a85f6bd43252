#include "tests/unit/index/index_fixture.hpp"

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

TEST_CASE_METHOD(index_fixture, "keys come back with their first use", "[I5]") {
  CHECK(require(index->keys_mark(book_a)) == mark{});
  CHECK(find(book_a, 1) == absent);
  add_keys(book_a, 1, 1000);
  add_keys(book_a, 1001, 1500);
  for (auto again : {false, true}) {
    CAPTURE(again);
    CHECK(require(index->keys_mark(book_a)) == mark_at(1500));
    for (std::uint64_t seq = 1; seq <= 1500; ++seq)
      REQUIRE(find(book_a, seq) == present(seq));
    for (std::uint64_t seq = 1501; seq <= 3000; ++seq)
      REQUIRE(find(book_a, seq) == absent);
    if (!again)
      open();
  }
}

TEST_CASE_METHOD(index_fixture, "a mark may move without keys") {
  require(index->add_keys(book_a, {}, {}, mark_at(7)));
  CHECK(require(index->keys_mark(book_a)) == mark_at(7));
  CHECK(require(index->history_mark(book_a)) == mark{});
}

TEST_CASE_METHOD(index_fixture, "a mark of keys never moves back", "[I5]") {
  add_keys(book_a, 1, 10);
  // Of an incarnation of the book that has ended, and of one that sends it twice.
  require(index->add_keys(book_a, uses(1, 5), {}, mark_at(5)));
  auto other = mark_at(10);
  other.epoch = writer_epoch{1'000};
  require(index->add_keys(book_a, uses(6, 10), event_seq{5}, other));
  CHECK(require(index->keys_mark(book_a)) == mark_at(10));
  for (std::uint64_t seq = 1; seq <= 10; ++seq)
    CHECK(find(book_a, seq) == present(seq));
  add_keys(book_b, 1, 3);
  CHECK(require(index->keys_mark(book_b)) == mark_at(3));
}

TEST_CASE_METHOD(index_fixture, "memory answers for what it holds, and else says unknown", "[I5]") {
  add_keys(book_a, 1, 5000);
  for (std::uint64_t seq = 1; seq <= 5000; ++seq)
    REQUIRE(find(book_a, seq, effort::memory) == present(seq));
  CHECK(find(book_a, 5001, effort::memory) == absent);
  require(index->flush());
  open();
  std::size_t not_in_memory = 0;
  for (std::uint64_t seq = 1; seq <= 5000; ++seq) {
    auto answer = find(book_a, seq, effort::memory);
    not_in_memory += answer == unknown;
    REQUIRE((answer == unknown || answer == present(seq)));
  }
  CHECK(not_in_memory == 5000);
  for (std::uint64_t seq = 1; seq <= 5000; ++seq) {
    REQUIRE(find(book_a, seq) == present(seq));
    REQUIRE(find(book_a, seq, effort::memory) == present(seq));
  }
  // All is in the cache now.
  for (std::uint64_t seq = 5001; seq <= 10'000; ++seq)
    REQUIRE(find(book_a, seq, effort::memory) == absent);
}

TEST_CASE_METHOD(index_fixture, "a cache too small for its data never makes a key absent", "[I5]") {
  options.cache_bytes = 1;
  open();
  add_keys(book_a, 1, 5000);
  require(index->flush());
  for (std::uint64_t seq = 1; seq <= 5000; ++seq) {
    REQUIRE(find(book_a, seq, effort::memory) != absent);
    REQUIRE(find(book_a, seq) == present(seq));
  }
}

TEST_CASE_METHOD(index_fixture, "books do not see each other's keys") {
  add_keys(book_a, 1, 100);
  add_keys(book_b, 51, 150);
  CHECK(find(book_a, 101) == absent);
  CHECK(find(book_b, 50) == absent);
  CHECK(find(book_b, 51) == present(51));
  CHECK(require(index->keys_mark(book_a)) == mark_at(100));
  CHECK(require(index->keys_mark(book_b)) == mark_at(150));
}

TEST_CASE_METHOD(index_fixture, "what was forgotten stays so, and only that") {
  auto flush = GENERATE(false, true);
  CAPTURE(flush);
  constexpr book_id highest{~book_id::rep{0}};
  for (auto book : {book_a, book_b, highest})
    add_keys(book, 1, 500);
  if (flush)
    require(index->flush());
  for (auto book : {book_a, highest})
    CHECK(require(index->forget_keys(book, mark_at(500))));
  auto check = [&] {
    for (auto book : {book_a, highest}) {
      CHECK(require(index->keys_mark(book)) == mark{});
      for (std::uint64_t seq = 1; seq <= 500; ++seq)
        REQUIRE(find(book, seq) == absent);
    }
    for (std::uint64_t seq = 1; seq <= 500; ++seq)
      REQUIRE(find(book_b, seq) == present(seq));
  };
  check();
  require(index->flush());
  check();
  open();
  check();
  add_keys(book_a, 1, 10);
  open();
  CHECK(require(index->keys_mark(book_a)) == mark_at(10));
  CHECK(find(book_a, 10) == present(10));
  CHECK(find(book_a, 11) == absent);
}

TEST_CASE_METHOD(index_fixture, "keys that do not follow those that are there are refused",
                 "[I5]") {
  add_keys(book_a, 1, 10);
  require(index->forget_keys(book_a, mark_at(10)));
  auto late = index->add_keys(book_a, uses(11, 20), event_seq{10}, mark_at(20));
  REQUIRE_FALSE(late);
  CHECK(late.error().code() == ec::invalid_argument);
  CHECK(require(index->keys_mark(book_a)) == mark{});
  CHECK(find(book_a, 11) == absent);
}

TEST_CASE_METHOD(index_fixture, "keys of another log are refused, also those before the mark",
                 "[I5]") {
  add_keys(book_a, 1, 10);
  auto refuse = [&](std::uint64_t seq, writer_epoch epoch, chain_hash chain) {
    auto added = index->add_keys(book_a, {}, {}, {event_seq{seq}, epoch, chain});
    REQUIRE_FALSE(added);
    CHECK(added.error().code() == ec::invalid_argument);
    CHECK(require(index->keys_mark(book_a)) == mark_at(10));
  };
  auto [seq, epoch, chain] = mark_at(10);
  auto other_chain = chain;
  other_chain[0] ^= std::byte{1};
  refuse(10, epoch, other_chain);
  refuse(9, writer_epoch{epoch.value() + 1}, other_chain);
  refuse(11, writer_epoch{epoch.value() - 1}, other_chain);
  // A record without events in between: the same log.
  require(index->add_keys(book_a, {}, {}, {seq, writer_epoch{epoch.value() + 1}, other_chain}));
}

TEST_CASE_METHOD(index_fixture, "keys that come again with others are there once", "[I5]") {
  for (std::uint64_t last = 10; last <= 200; last += 5)
    require(index->add_keys(book_a, uses(last - 9, last), event_seq{last - 10}, mark_at(last)));
  while (require(index->tidy_keys(book_a)))
    continue;
  CHECK(require(index->keys_mark(book_a)) == mark_at(200));
  for (std::uint64_t seq = 1; seq <= 200; ++seq)
    CHECK(find(book_a, seq) == present(seq));
}

TEST_CASE_METHOD(index_fixture, "what began anew meanwhile is not forgotten", "[I5]") {
  add_keys(book_a, 1, 10);
  require(index->forget_keys(book_a, mark_at(10)));
  add_keys(book_a, 1, 20);
  CHECK_FALSE(require(index->forget_keys(book_a, mark_at(10))));
  CHECK(require(index->keys_mark(book_a)) == mark_at(20));
  CHECK(find(book_a, 1) == present(1));
}

TEST_CASE_METHOD(index_fixture, "many keys in one write") {
  add_keys(book_a, 1, 500'000);
  open();
  CHECK(require(index->keys_mark(book_a)) == mark_at(500'000));
  for (std::uint64_t seq = 1; seq <= 500'000; seq += 997)
    REQUIRE(find(book_a, seq) == present(seq));
}

TEST_CASE_METHOD(index_fixture, "new keys do not read the disk") {
  constexpr std::uint64_t known = 300'000;
  for (std::uint64_t first = 1; first <= known; first += 50'000)
    add_keys(book_a, first, first + 49'999);
  require(index->flush());
  std::size_t not_in_memory = 0;
  for (std::uint64_t seq = known + 1; seq <= known + 10'000; ++seq) {
    auto answer = find(book_a, seq, effort::memory);
    REQUIRE((answer == absent || answer == unknown));
    not_in_memory += answer == unknown;
  }
  // The filter lets through about one in 500.
  CHECK(not_in_memory < 60);
}
