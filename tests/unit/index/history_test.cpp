#include "tests/unit/index/index_fixture.hpp"

#include <limits>
#include <utility>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

constexpr account_no account{3};
constexpr account_no next_account{4};
constexpr asset_no asset{1};
constexpr event_seq last_seq{~event_seq::rep{0}};

std::optional<history_value> entry(std::uint64_t seq) {
  return history_value{event_seq{seq}, value_of(seq)};
}

/// Postings to the account at 10, 20 and 30, in two updates that end at 20 and 35.
struct history_fixture : index_fixture {
  history_fixture() {
    history_update update;
    update.posting(account, event_seq{10}, value_of(10));
    update.sums(asset, event_seq{10}, value_of(10));
    update.batch(timestamp{-5}, event_seq{12});
    update.posting(account, event_seq{20}, value_of(20));
    update.posting(next_account, event_seq{20}, value_of(99));
    update.sums(asset, event_seq{20}, value_of(20));
    update.batch(timestamp{100}, event_seq{20});
    require(index->add_history(book_a, update, mark_at(20)));
    update.clear();
    CHECK(update.empty());
    CHECK(update.size_bytes() == 0);
    update.posting(account, event_seq{30}, value_of(30));
    update.batch(timestamp{100}, event_seq{30});
    update.batch(timestamp{101}, event_seq{35});
    CHECK_FALSE(update.empty());
    CHECK(update.size_bytes() >= value_of(30).size());
    require(index->add_history(book_a, update, mark_at(35)));
  }

  std::optional<history_value> posting(std::uint64_t seq) const {
    return require(index->last_posting(book_a, account, event_seq{seq}));
  }

  std::uint64_t boundary(event_seq seq) const {
    return require(index->last_boundary(book_a, seq)).value();
  }

  std::uint64_t at(std::int64_t us) const {
    return require(index->last_at(book_a, timestamp{us})).value();
  }

  std::vector<std::uint64_t> between(std::uint64_t after, std::uint64_t last,
                                     account_no of = account) const {
    std::vector<std::uint64_t> seqs;
    require(index->each_posting(
        book_a, of, event_seq{after}, event_seq{last}, [&](event_seq seq, byte_span value) {
          if (of == account)
            CHECK(byte_buffer(value.begin(), value.end()) == value_of(seq.value()));
          seqs.push_back(seq.value());
          return true;
        }));
    return seqs;
  }
};

using seqs = std::vector<std::uint64_t>;

} // namespace

TEST_CASE_METHOD(history_fixture, "the last posting at or before an event") {
  auto again = GENERATE(false, true);
  if (again)
    open();
  CHECK(posting(0) == std::nullopt);
  CHECK(posting(9) == std::nullopt);
  CHECK(posting(10) == entry(10));
  CHECK(posting(19) == entry(10));
  CHECK(posting(20) == entry(20));
  CHECK(posting(30) == entry(30));
  CHECK(posting(last_seq.value()) == entry(30));
  CHECK(require(index->last_posting(book_a, account_no{2}, last_seq)) == std::nullopt);
  CHECK(require(index->last_posting(book_a, next_account, last_seq))->value == value_of(99));
  CHECK(require(index->last_posting(book_a, account_no{5}, last_seq)) == std::nullopt);
  CHECK(require(index->history_mark(book_a)) == mark_at(35));
}

TEST_CASE_METHOD(history_fixture, "the postings between two events, in order") {
  CHECK(between(0, last_seq.value()) == seqs{10, 20, 30});
  CHECK(between(9, 30) == seqs{10, 20, 30});
  CHECK(between(10, 30) == seqs{20, 30});
  CHECK(between(10, 29) == seqs{20});
  CHECK(between(10, 20) == seqs{20});
  CHECK(between(20, 20).empty());
  CHECK(between(30, 20).empty());
  CHECK(between(30, last_seq.value()).empty());
  CHECK(between(last_seq.value(), last_seq.value()).empty());
  CHECK(between(0, last_seq.value(), next_account) == seqs{20});
  CHECK(between(0, last_seq.value(), account_no{2}).empty());
  seqs seen;
  require(
      index->each_posting(book_a, account, event_seq{}, last_seq, [&](event_seq seq, byte_span) {
        seen.push_back(seq.value());
        return seen.size() < 2;
      }));
  CHECK(seen == seqs{10, 20});
}

TEST_CASE_METHOD(history_fixture, "an account's postings are in the order of their seqs") {
  history_update update;
  seqs expected{10, 20, 30};
  for (std::uint64_t seq = 36; seq < 1'000; ++seq) {
    update.posting(account, event_seq{seq}, value_of(seq));
    expected.push_back(seq);
  }
  require(index->add_history(book_a, update, mark_at(1'000)));
  CHECK(between(0, last_seq.value()) == expected);
  open();
  CHECK(between(0, last_seq.value()) == expected);
}

TEST_CASE_METHOD(history_fixture, "an asset's sums at or before an event") {
  CHECK(require(index->last_sums(book_a, asset, event_seq{9})) == std::nullopt);
  CHECK(require(index->last_sums(book_a, asset, event_seq{10})) == entry(10));
  CHECK(require(index->last_sums(book_a, asset, event_seq{35})) == entry(20));
  CHECK(require(index->last_sums(book_a, asset_no{0}, last_seq)) == std::nullopt);
  CHECK(require(index->last_sums(book_a, asset_no{2}, last_seq)) == std::nullopt);
}

TEST_CASE_METHOD(history_fixture, "boundaries are where updates ended") {
  CHECK(boundary(event_seq{0}) == 0);
  CHECK(boundary(event_seq{19}) == 0);
  CHECK(boundary(event_seq{20}) == 20);
  CHECK(boundary(event_seq{34}) == 20);
  CHECK(boundary(event_seq{35}) == 35);
  CHECK(boundary(last_seq) == 35);
  CHECK(require(index->last_boundary(book_b, last_seq)) == event_seq{});
}

TEST_CASE_METHOD(history_fixture, "the last event at a time") {
  using limits = std::numeric_limits<std::int64_t>;
  CHECK(at(limits::min()) == 0);
  CHECK(at(-6) == 0);
  CHECK(at(-5) == 12);
  CHECK(at(0) == 12);
  CHECK(at(99) == 12);
  CHECK(at(100) == 30); // of two batches of one time the later
  CHECK(at(101) == 35);
  CHECK(at(limits::max()) == 35);
  history_update update;
  update.batch(timestamp{limits::min()}, event_seq{1});
  update.batch(timestamp{limits::max()}, event_seq{2});
  require(index->add_history(book_b, update, mark_at(2)));
  CHECK(require(index->last_at(book_b, timestamp{limits::min()})) == event_seq{1});
  CHECK(require(index->last_at(book_b, timestamp{limits::max() - 1})) == event_seq{1});
  CHECK(require(index->last_at(book_b, timestamp{limits::max()})) == event_seq{2});
  CHECK(at(limits::max()) == 35);
}

TEST_CASE_METHOD(history_fixture, "a forgotten history is gone, with its mark") {
  auto packed = GENERATE(false, true);
  history_update update;
  update.posting(account, event_seq{1}, value_of(1));
  require(index->add_history(book_b, update, mark_at(1)));
  add_keys(book_a, 1, 2);
  if (packed)
    open();
  require(index->forget_history(book_a));
  auto check = [&] {
    CHECK(require(index->history_mark(book_a)) == mark{});
    CHECK(posting(last_seq.value()) == std::nullopt);
    CHECK(between(0, last_seq.value()).empty());
    CHECK(boundary(last_seq) == 0);
    CHECK(at(1000) == 0);
    CHECK(require(index->last_sums(book_a, asset, last_seq)) == std::nullopt);
    CHECK(require(index->keys_mark(book_a)) == mark_at(2));
    CHECK(require(index->last_posting(book_b, account, last_seq)) == entry(1));
    CHECK(require(index->history_mark(book_b)) == mark_at(1));
  };
  check();
  open();
  check();
  update.clear();
  update.posting(account, event_seq{40}, value_of(40));
  require(index->add_history(book_a, update, mark_at(40)));
  CHECK(between(0, last_seq.value()) == seqs{40});
}

TEST_CASE_METHOD(index_fixture, "checkpoints by book and name") {
  std::string longest(255, '\xff');
  require(index->put_checkpoint(book_a, "sums", value_of(1)));
  require(index->put_checkpoint(book_a, "sums", value_of(2)));
  require(index->put_checkpoint(book_a, longest, {}));
  require(index->put_checkpoint(book_b, "daily", value_of(3)));
  open();
  CHECK(require(index->checkpoint(book_a, "sums")) == value_of(2));
  CHECK(require(index->checkpoint(book_a, longest)) == byte_buffer{});
  CHECK(require(index->checkpoint(book_a, "daily")) == std::nullopt);
  CHECK(require(index->checkpoint(book_b, "daily")) == value_of(3));
  for (auto& name : {std::string{}, std::string(256, 'a')}) {
    auto refused = index->put_checkpoint(book_a, name, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ec::invalid_argument);
    CHECK(refused.error().get("field") == "name");
    CHECK(index->checkpoint(book_a, name).error().code() == ec::invalid_argument);
  }
}
