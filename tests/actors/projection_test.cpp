#include "actors/projection.hpp"
#include "tests/support/client_fixture.hpp"

#include <charconv>
#include <stdexcept>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

/// The number of transactions and what they moved, and how many events one copy was given.
class turnover {
public:
  static constexpr std::string_view name = "turnover";
  static constexpr std::uint32_t version = 1;

  struct value_type {
    std::uint64_t transactions = 0;
    std::int64_t moved = 0;
    std::uint64_t applied_here = 0;

    friend bool operator==(const value_type&, const value_type&) = default;
  };

  void apply(const recorded_event& x) {
    ++value_.applied_here;
    auto* posted = std::get_if<ledger::transaction>(&x.content);
    if (!posted)
      return;
    if (posted->key == "poison")
      throw std::runtime_error{"cannot be added"};
    ++value_.transactions;
    value_.moved += static_cast<std::int64_t>(posted->postings[0].value.value());
  }

  value_type value() const { return value_; }

  std::string save() const {
    return std::to_string(value_.transactions) + " " + std::to_string(value_.moved);
  }

  static result<turnover> load(std::string_view state) {
    turnover x;
    auto* end = state.data() + state.size();
    auto first = std::from_chars(state.data(), end, x.value_.transactions);
    if (first.ec != std::errc{} || std::from_chars(first.ptr + 1, end, x.value_.moved).ptr != end)
      return fail(ec::corrupt, "no turnover");
    return x;
  }

private:
  value_type value_;
};

/// The same after a change of its code.
class changed_turnover : public turnover {
public:
  static constexpr std::uint32_t version = 2;

  static result<changed_turnover> load(std::string_view) {
    return fail(ec::corrupt, "no state of this version");
  }
};

/// The same without its mistake.
class mended_turnover : public turnover {
public:
  void apply(const recorded_event& x) {
    auto mended = x;
    if (auto* posted = std::get_if<ledger::transaction>(&mended.content))
      posted->key = "mended";
    turnover::apply(mended);
  }

  static result<mended_turnover> load(std::string_view state) {
    auto loaded = turnover::load(state);
    if (!loaded)
      return fail(std::move(loaded.error()));
    mended_turnover x;
    static_cast<turnover&>(x) = std::move(*loaded);
    return x;
  }
};

turnover::value_type counted(std::uint64_t transactions, std::int64_t moved,
                             std::uint64_t applied_here) {
  return {transactions, moved, applied_here};
}

} // namespace

TEST_CASE_METHOD(client_fixture, "a consistent read has everything that was durable", "[I7]") {
  auto node = open();
  auto book = prepared_book(node);
  auto running = book.project<turnover>({});
  REQUIRE(running);
  for (int i = 1; i <= 20; ++i) {
    auto receipt = post(book, "k" + std::to_string(i), 2);
    auto got = running->get();
    REQUIRE(got);
    CHECK(got->seq >= receipt.id.seq);
    CHECK(got->value == counted(i, 2 * i, 3 + i));
  }
}

TEST_CASE_METHOD(client_fixture, "nothing new is nothing to copy") {
  auto node = open();
  auto book = prepared_book(node);
  auto running = book.project<turnover>({});
  REQUIRE(running);
  auto first = running->get();
  REQUIRE(first);
  auto unchanged = running->if_changed(first->generation);
  REQUIRE(unchanged);
  CHECK_FALSE(*unchanged);
  post(book, "k");
  REQUIRE(running->get());
  auto changed = running->if_changed(first->generation);
  REQUIRE(changed);
  REQUIRE(*changed);
  CHECK((*changed)->value.transactions == 1);
  CHECK((*changed)->generation > first->generation);
}

TEST_CASE_METHOD(client_fixture, "a read that may be stale does not wait") {
  auto node = open();
  auto book = prepared_book(node);
  auto running = book.project<turnover>({.reads = freshness::may_be_stale});
  REQUIRE(running);
  CHECK(running->get());
  REQUIRE(book.wait_for(watermark::applied, event_seq{3}, patience, "turnover"));
  CHECK(running->get()->seq == event_seq{3});
}

TEST_CASE_METHOD(client_fixture, "a projection goes on from its checkpoint", "[I9]") {
  {
    auto node = open();
    auto book = prepared_book(node);
    post(book, "a");
    post(book, "b");
    auto running = book.project<turnover>({});
    REQUIRE(running);
    REQUIRE(running->get());
  }
  {
    auto node = open();
    auto book = *node.book("bank");
    post(book, "c");
    auto running = book.project<turnover>({});
    REQUIRE(running);
    CHECK(running->get()->value == counted(3, 15, 1));
  }
  // The first event of a node's life stands behind the record of its epoch.
  auto node = open();
  auto book = *node.book("bank");
  auto running = book.project<turnover>({});
  REQUIRE(running);
  CHECK(running->get()->value == counted(3, 15, 0));
}

TEST_CASE_METHOD(client_fixture, "a projection of other code is built again") {
  auto node = open();
  auto book = prepared_book(node);
  post(book, "a");
  {
    auto running = book.project<turnover>({});
    REQUIRE(running);
    REQUIRE(running->get());
  }
  SECTION("the version has changed") {
    auto running = book.project<changed_turnover>({});
    REQUIRE(running);
    CHECK(running->get()->value == counted(1, 5, 4));
  }
  SECTION("nothing has changed") {
    auto running = book.project<turnover>({});
    REQUIRE(running);
    CHECK(running->get()->value == counted(1, 5, 0));
  }
}

TEST_CASE_METHOD(client_fixture, "a projection with another filter is built again") {
  auto node = open();
  auto book = prepared_book(node);
  post(book, "a");
  projection_options options;
  for (auto* prefix : {"assets:bank", "assets:cash"}) {
    options.filter.account_prefixes = {prefix};
    auto running = book.project<turnover>(options);
    REQUIRE(running);
    CHECK(running->get()->value == counted(1, 5, 2));
  }
}

TEST_CASE_METHOD(client_fixture, "what apply left half-way is not stored", "[I9]") {
  auto node = open();
  auto book = prepared_book(node);
  {
    auto running = book.project<turnover>({});
    REQUIRE(running);
    REQUIRE(running->get());
    REQUIRE(book.commit_atomic({transferred("a", 3), transferred("poison", 4)}));
    CHECK_FALSE(running->wait());
  }
  auto mended = book.project<mended_turnover>({});
  REQUIRE(mended);
  CHECK(mended->get()->value == counted(2, 7, 5));
}

TEST_CASE_METHOD(client_fixture, "a projection without checkpoints begins at the first event") {
  auto node = open();
  auto book = prepared_book(node);
  for (int i = 0; i < 2; ++i) {
    auto running = book.project<turnover>({.checkpoint_every = 0});
    REQUIRE(running);
    CHECK(running->get()->value == counted(0, 0, 3));
  }
}

TEST_CASE_METHOD(client_fixture, "what apply throws is what every read gets") {
  auto node = open();
  auto book = prepared_book(node);
  auto running = book.project<turnover>({});
  REQUIRE(running);
  post(book, "poison");
  auto got = running->get();
  REQUIRE_FALSE(got);
  CHECK(got.error().message().find("cannot be added") != std::string::npos);
  CHECK_FALSE(running->get(freshness::may_be_stale));
  CHECK_FALSE(running->if_changed(0));
  CHECK_FALSE(running->wait());
}

TEST_CASE_METHOD(client_fixture, "the filter of a projection decides what is applied") {
  auto node = open();
  auto book = prepared_book(node);
  projection_options options;
  options.filter.account_prefixes = {"assets:bank"};
  auto running = book.project<turnover>(options);
  REQUIRE(running);
  CHECK(running->get()->value == counted(0, 0, 1));
  CHECK(running->get()->seq == event_seq{3});
}

TEST_CASE_METHOD(client_fixture, "a reader never sees half a unit") {
  auto node = open();
  auto book = prepared_book(node);
  auto running = book.project<turnover>({.reads = freshness::may_be_stale, .credit = 1});
  REQUIRE(running);
  for (int i = 0; i < 50; ++i) {
    auto key = std::to_string(i);
    REQUIRE(book.commit_atomic({transferred("a" + key, 3), transferred("b" + key, 4)}));
    CHECK(running->get()->value.transactions % 2 == 0);
  }
}

TEST_CASE("what apply leaves half-way is read by nobody", "[I6]") {
  projection_cell<turnover> cell{turnover{}};
  delivery x;
  for (auto* key : {"good", "poison"}) {
    recorded_event event;
    event.content = transfer(key, "assets:cash", "assets:bank", 5);
    x.events.push_back(event);
  }
  x.first = event_seq{1};
  x.last = event_seq{2};
  CHECK_THROWS_AS(cell.apply(x), std::runtime_error);
  auto read = cell.read({}, std::chrono::milliseconds{0});
  REQUIRE_FALSE(read);
  CHECK(read.error().code() == ec::invalid_argument);
  CHECK_FALSE(cell.read_if_changed(0));
}

TEST_CASE_METHOD(client_fixture, "a projection at rest says how far it is") {
  auto node = open();
  auto book = prepared_book(node);
  {
    auto made = book.project<turnover>({});
    REQUIRE(made);
    REQUIRE(made->get());
  }
  auto again = book.project<turnover>({});
  REQUIRE(again);
  auto durable = book.frontier()->durable;
  CHECK(book.wait_for(watermark::applied, durable, std::chrono::seconds{9}, "turnover"));
}
