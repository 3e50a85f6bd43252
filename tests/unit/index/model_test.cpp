#include "tests/unit/index/index_fixture.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <map>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

/// What a book's part of the index holds, in the most obvious way.
struct book_model {
  std::uint64_t keys = 0; ///< all seqs up to here
  std::uint64_t history = 0;
  std::vector<std::uint64_t> boundaries;
  std::map<std::uint32_t, std::vector<std::uint64_t>> postings; ///< seqs, by account
  std::map<std::string, byte_buffer> checkpoints;
};

constexpr std::array books{book_a, book_b};
/// Of three groups; the first has most of the postings.
constexpr std::array<std::uint32_t, 6> accounts{0, 1, 63, 64, 65, 1'000};

/// The account that event `seq` posts to.
constexpr std::uint32_t account_of(std::uint64_t seq) {
  return accounts[std::min<std::uint64_t>(mix(seq) % 16, 6) % 6];
}

/// The value of that posting: some are long.
byte_buffer posted_value(std::uint64_t seq) {
  auto value = value_of(seq);
  value.resize(value.size() + (mix(seq) % 5 == 0 ? mix(seq) % 3'000 : 0));
  return value;
}

struct model_fixture : index_fixture {
  void add_more_keys(std::size_t b, std::uint64_t count) {
    auto& model = models[b];
    add_keys(books[b], model.keys + 1, model.keys + count);
    model.keys += count;
  }

  void add_more_history(std::size_t b, std::uint64_t count) {
    auto& model = models[b];
    history_update update;
    for (auto seq = model.history + 1; seq <= model.history + count; ++seq) {
      update.posting(account_no{account_of(seq)}, event_seq{seq}, posted_value(seq));
      model.postings[account_of(seq)].push_back(seq);
    }
    model.history += count;
    update.sums(asset_no{1}, event_seq{model.history}, value_of(model.history));
    update.batch(timestamp{static_cast<std::int64_t>(model.history)}, event_seq{model.history});
    model.boundaries.push_back(model.history);
    require(index->add_history(books[b], update, mark_at(model.history)));
  }

  void forget(std::size_t b, bool keys) {
    auto& model = models[b];
    if (keys) {
      require(index->forget_keys(books[b], require(index->keys_mark(books[b]))));
      model.keys = 0;
    } else {
      require(index->forget_history(books[b]));
      model.history = 0;
      model.boundaries.clear();
      model.postings.clear();
    }
  }

  void step(int what, std::size_t b, std::uint64_t n) {
    switch (what) {
    case 0:
    case 1:
      return add_more_keys(b, n);
    case 2:
    case 3:
      return add_more_history(b, n);
    case 4:
      return forget(b, true);
    case 5:
      return forget(b, false);
    case 6:
      return require(index->flush());
    case 7:
      require(index->put_checkpoint(books[b], std::to_string(n % 4), value_of(n)));
      models[b].checkpoints[std::to_string(n % 4)] = value_of(n);
      return;
    case 8:
      std::ignore = require(index->tidy_keys(books[b]));
      return;
    default:
      return open();
    }
  }

  void check(std::size_t b, std::uint64_t probe) const {
    auto& model = models[b];
    auto book = books[b];
    auto mark_of = [](std::uint64_t seq) { return seq == 0 ? mark{} : mark_at(seq); };
    RC_ASSERT(require(index->keys_mark(book)) == mark_of(model.keys));
    RC_ASSERT(require(index->history_mark(book)) == mark_of(model.history));
    for (std::uint64_t seq = 1; seq <= model.keys + 20; ++seq)
      RC_ASSERT(find(book, seq) == (seq <= model.keys ? present(seq) : absent));
    RC_ASSERT(require(index->last_boundary(book, event_seq{probe})).value() ==
              at_or_before(model.boundaries, probe));
    RC_ASSERT(require(index->last_at(book, timestamp{static_cast<std::int64_t>(probe)})).value() ==
              at_or_before(model.boundaries, probe));
    auto sums = require(index->last_sums(book, asset_no{1}, event_seq{probe}));
    RC_ASSERT((sums ? sums->seq.value() : 0) == at_or_before(model.boundaries, probe));
    for (auto n : accounts)
      check_account(b, n, probe);
    for (auto& [name, value] : model.checkpoints)
      RC_ASSERT(require(index->checkpoint(book, name)) == value);
  }

  void check_account(std::size_t b, std::uint32_t n, std::uint64_t probe) const {
    auto found = models[b].postings.find(n);
    auto expected =
        found == models[b].postings.end() ? std::vector<std::uint64_t>{} : found->second;
    std::vector<std::uint64_t> seqs;
    require(index->each_posting(books[b], account_no{n}, event_seq{probe}, event_seq{~0ULL},
                                [&](event_seq seq, byte_span value) {
                                  RC_ASSERT(byte_buffer(value.begin(), value.end()) ==
                                            posted_value(seq.value()));
                                  seqs.push_back(seq.value());
                                  return true;
                                }));
    auto last = require(index->last_posting(books[b], account_no{n}, event_seq{probe}));
    RC_ASSERT((last ? last->seq.value() : 0) == at_or_before(expected, probe));
    std::erase_if(expected, [&](auto seq) { return seq <= probe; });
    RC_ASSERT(seqs == expected);
  }

  static std::uint64_t at_or_before(const std::vector<std::uint64_t>& sorted, std::uint64_t probe) {
    auto after = std::ranges::upper_bound(sorted, probe);
    return after == sorted.begin() ? 0 : *std::prev(after);
  }

  std::array<book_model, 2> models;
};

} // namespace

TEST_CASE("whatever is done to it, the index holds what the marks say", "[I5][I9]") {
  REQUIRE(rc::check([] {
    auto steps = *rc::gen::container<std::vector<std::tuple<int, std::size_t, std::uint64_t>>>(
        rc::gen::tuple(rc::gen::inRange(0, 10), rc::gen::inRange<std::size_t>(0, 2),
                       rc::gen::inRange<std::uint64_t>(1, 60)));
    model_fixture fixture;
    // Tails that are packed at once, now and then, and never.
    fixture.options.write_buffer_bytes = *rc::gen::element<std::size_t>(1, 8'000, 64 << 20);
    fixture.open();
    for (auto& [what, book, n] : steps) {
      fixture.step(what, book, n);
      fixture.check(book, n * 3);
    }
    fixture.check(0, 50);
    fixture.check(1, 50);
  }));
}
