#include "index/history_store.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"
#include "tests/unit/index/index_fixture.hpp"

#include <rocksdb/perf_context.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <map>
#include <thread>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

constexpr account_no quiet{5};
constexpr account_no changing{6};   // of the same group
constexpr account_no busy{7};       // of the same group
constexpr account_no elsewhere{64}; // of the next one

/// Windows of a history, each packed by itself: `quiet` has a posting in some, `busy` very many in
/// all, `changing` now few and now many.
struct packing_fixture : index_fixture {
  void post(account_no n) {
    ++last;
    update.posting(n, event_seq{last}, value_of(last));
    expected[n].push_back(last);
  }

  void add_window(std::uint64_t number, bool pack) {
    update.clear();
    for (int i = 0; i < 400; ++i)
      post(busy);
    for (std::uint64_t i = 0; i < (number % 3 == 0 ? 300 : 3); ++i)
      post(changing);
    if (number % 4 == 1)
      post(quiet);
    post(elsewhere);
    post(busy);
    require(index->add_history(book_a, update, mark_at(last)));
    if (pack)
      open(); // closing packs
  }

  std::vector<std::uint64_t> between(account_no n, std::uint64_t after, std::uint64_t end) const {
    std::vector<std::uint64_t> seqs;
    require(index->each_posting(
        book_a, n, event_seq{after}, event_seq{end}, [&](event_seq seq, byte_span value) {
          REQUIRE(byte_buffer(value.begin(), value.end()) == value_of(seq.value()));
          seqs.push_back(seq.value());
          return true;
        }));
    return seqs;
  }

  void check() const {
    for (auto& [n, seqs] : expected) {
      CAPTURE(n.value());
      for (std::uint64_t after = 0; after <= last; after += 97) {
        auto first = std::ranges::upper_bound(seqs, after);
        auto end = std::ranges::upper_bound(seqs, after + 500);
        REQUIRE(between(n, after, after + 500) == std::vector<std::uint64_t>(first, end));
        auto found = require(index->last_posting(book_a, n, event_seq{after}));
        REQUIRE((found ? found->seq.value() : 0) ==
                (first == seqs.begin() ? 0 : *std::prev(first)));
      }
      REQUIRE(between(n, 0, last + 1) == seqs);
    }
  }

  /// What the database itself has, as it would be found after a crash.
  std::uint64_t packed_up_to(book_id book) {
    auto copy = options;
    copy.directory = parent.path() + "/copy";
    std::filesystem::remove_all(copy.directory);
    require(index->flush());
    std::filesystem::copy(options.directory, copy.directory);
    auto db = require(database::open(copy, random)).db;
    return require(mark_of(*db, family::history, book)).seq.value();
  }

  history_update update;
  std::uint64_t last = 0;
  std::map<account_no, std::vector<std::uint64_t>> expected;
};

} // namespace

TEST_CASE_METHOD(packing_fixture,
                 "postings come from an account's lists, its group's and the tail") {
  for (std::uint64_t window = 0; window < 10; ++window)
    add_window(window, true);
  check();
  for (std::uint64_t window = 10; window < 13; ++window)
    add_window(window, false);
  check();
  open();
  check();
  CHECK(require(index->history_mark(book_a)) == mark_at(last));
}

TEST_CASE_METHOD(packing_fixture, "tails past their limit are packed, the largest first", "[I9]") {
  options.write_buffer_bytes = 256 * 1024;
  open();
  history_update other;
  other.posting(busy, event_seq{1}, value_of(1));
  require(index->add_history(book_b, other, mark_at(1)));
  for (std::uint64_t window = 0; window < 40; ++window)
    add_window(window, false);
  check();
  CHECK(require(index->history_mark(book_b)) == mark_at(1));
  CHECK(require(index->history_mark(book_a)) == mark_at(last));
  // What a crash would leave.
  CHECK(packed_up_to(book_b) == 0);
  CHECK(packed_up_to(book_a) > last / 2);
  CHECK(packed_up_to(book_a) < last);
  open();
  check();
  CHECK(require(index->history_mark(book_b)) == mark_at(1));
}

TEST_CASE_METHOD(packing_fixture, "an update that is larger than all tails may be") {
  options.write_buffer_bytes = 1;
  open();
  for (std::uint64_t window = 0; window < 4; ++window)
    add_window(window, false);
  check();
}

TEST_CASE_METHOD(packing_fixture, "an update that is not after the mark is refused") {
  add_window(0, false);
  auto refused = index->add_history(book_a, {}, mark_at(last));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::corrupt);
  check();
}

TEST_CASE("a busy account is read without its neighbours' past") {
  temporary_directory parent;
  counting_random random;
  // All in RocksDB's memory, where what a read costs does not depend on compactions.
  auto db = require(database::open({.directory = parent.path() + "/index"}, random)).db;
  history_store store{*db, 1 << 20};
  std::uint64_t last = 0;
  auto add_windows = [&](int count) {
    for (int i = 0; i < count; ++i) {
      history_update update;
      for (int n = 0; n < 200; ++n) {
        ++last;
        update.posting(busy, event_seq{last}, value_of(last));
      }
      update.posting(quiet, event_seq{last}, value_of(last));
      require(store.add(book_a, update, mark_at(last)));
      require(store.pack_all());
    }
  };
  auto comparisons_of = [](auto read) {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    rocksdb::get_perf_context()->Reset();
    read();
    return rocksdb::get_perf_context()->user_key_comparison_count;
  };
  auto cost_of_last = [&] {
    return comparisons_of([&] { require(store.view(book_a).last_posting(busy, event_seq{last})); });
  };
  auto cost_of_first_page = [&] {
    return comparisons_of([&] {
      int left = 100;
      require(store.view(book_a).each_posting(busy, {}, event_seq{last},
                                              [&](event_seq, byte_span) { return --left > 0; }));
    });
  };
  add_windows(5);
  auto last_before = cost_of_last();
  auto page_before = cost_of_first_page();
  CHECK(last_before > 0);
  CHECK(page_before > 0);
  add_windows(495);
  CHECK(cost_of_last() < 10 * last_before);
  CHECK(cost_of_first_page() < 10 * page_before);
}

TEST_CASE("who reads has what there was, whatever is packed meanwhile") {
  temporary_directory parent;
  counting_random random;
  auto db = require(database::open({.directory = parent.path() + "/index"}, random)).db;
  history_store store{*db, 1 << 20};
  auto add = [&](std::uint64_t seq) {
    history_update update;
    update.posting(busy, event_seq{seq}, value_of(seq));
    update.sums(asset_no{0}, event_seq{seq}, value_of(seq));
    require(store.add(book_a, update, mark_at(seq)));
  };
  add(1);
  require(store.pack_all());
  add(2);
  auto before = store.view(book_a);
  require(store.pack_all());
  add(3);
  require(store.pack_all());
  auto seqs_in = [](const history_view& view, std::uint64_t last) {
    std::vector<std::uint64_t> seqs;
    require(view.each_posting(busy, {}, event_seq{last}, [&](event_seq seq, byte_span) {
      seqs.push_back(seq.value());
      return true;
    }));
    return seqs;
  };
  CHECK(seqs_in(before, 2) == std::vector<std::uint64_t>{1, 2});
  CHECK(require(before.last_posting(busy, event_seq{2}))->seq == event_seq{2});
  CHECK(require(before.last_sums(asset_no{0}, event_seq{2}))->seq == event_seq{2});
  CHECK(require(before.last_boundary(event_seq{2})) == event_seq{2});
  CHECK(seqs_in(store.view(book_a), 3) == std::vector<std::uint64_t>{1, 2, 3});
}

TEST_CASE_METHOD(index_fixture, "histories are read while others write and pack") {
  options.write_buffer_bytes = 64 * 1024;
  open();
  constexpr std::uint64_t events = 20'000;
  std::array<std::atomic<std::uint64_t>, 2> written{};
  std::array books{book_a, book_b};
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t b : {0, 1})
    threads.emplace_back([&, b] {
      for (std::uint64_t seq = 1; seq <= events; seq += 50) {
        history_update update;
        for (auto n = seq; n < seq + 50; ++n)
          update.posting(account_no{static_cast<std::uint32_t>(n % 3)}, event_seq{n}, value_of(n));
        wrong += !index->add_history(books[b], update, mark_at(seq + 49));
        written[b] = seq + 49;
      }
    });
  for (std::size_t b : {0, 1})
    threads.emplace_back([&, b] {
      for (std::uint64_t end = 0; end < events;) {
        end = written[b];
        auto expected = end / 2 + 3 - end / 2 % 3; // the next one of account 0
        auto read = index->each_posting(books[b], account_no{0}, event_seq{end / 2}, event_seq{end},
                                        [&](event_seq seq, byte_span) {
                                          wrong += seq.value() != expected;
                                          expected += 3;
                                          return true;
                                        });
        wrong += !read || expected <= end;
      }
    });
  for (auto& thread : threads)
    thread.join();
  CHECK(wrong == 0);
}

TEST_CASE_METHOD(index_fixture, "a list that means nothing is damage, and the index is made again",
                 "[I9]") {
  history_update update;
  update.posting(busy, event_seq{1}, value_of(1));
  require(index->add_history(book_a, update, mark_at(1)));
  index.reset();
  {
    auto db = require(database::open(options, random)).db;
    unit change{*db, family::history};
    change.put(layout::with_seq(layout::group_prefix(book_a, 0), event_seq{1}), "\1");
    require(change.write());
  }
  open();
  auto read = index->last_posting(book_a, busy, event_seq{1});
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ec::corrupt);
  CHECK(open_again().rebuilt);
}

TEST_CASE_METHOD(index_fixture, "many small updates are read as one history") {
  std::vector<std::uint64_t> expected;
  for (std::uint64_t seq = 1; seq <= 3'000; ++seq) {
    history_update update;
    update.posting(account_no{static_cast<std::uint32_t>(seq % 7)}, event_seq{seq}, value_of(seq));
    update.batch(timestamp{static_cast<std::int64_t>(seq)}, event_seq{seq});
    require(index->add_history(book_a, update, mark_at(seq)));
    if (seq % 7 == 3)
      expected.push_back(seq);
  }
  std::vector<std::uint64_t> found;
  require(index->each_posting(book_a, account_no{3}, event_seq{}, event_seq{3'000},
                              [&](event_seq seq, byte_span) {
                                found.push_back(seq.value());
                                return true;
                              }));
  CHECK(found == expected);
  for (std::uint64_t seq : {1ULL, 2ULL, 1'500ULL, 2'999ULL}) {
    CHECK(require(index->last_boundary(book_a, event_seq{seq})) == event_seq{seq});
    CHECK(require(index->last_at(book_a, timestamp{static_cast<std::int64_t>(seq)})) ==
          event_seq{seq});
  }
}
