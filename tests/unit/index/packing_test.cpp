#include "tests/unit/index/index_fixture.hpp"

#include <algorithm>
#include <map>

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

TEST_CASE_METHOD(packing_fixture, "tails past their limit are packed, the largest first") {
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
  open();
  check();
  CHECK(require(index->history_mark(book_b)) == mark_at(1));
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
