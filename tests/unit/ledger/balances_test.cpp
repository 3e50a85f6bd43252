#include "ledger/balances.hpp"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace daybook;
using namespace daybook::ledger;
using reason = objection::reason;

namespace {

constexpr account_no a{0};
constexpr account_no b{1};
constexpr account_no capped{2}; // on the credit side, −10 to 10
constexpr account_no other{3};  // of another asset

/// Three accounts of one asset and one of another.
struct books {
  books() {
    for (auto id : {"EUR", "BTC"})
      sums.add(names.add(asset_entry{{id, asset_class::other, 0, ""}, {}}));
    open("a", side::debit, asset_no{0});
    open("b", side::debit, asset_no{0});
    open("capped", side::credit, asset_no{0}, amount{-10}, amount{10});
    open("other", side::debit, asset_no{1});
  }

  void open(const char* path, side normal, asset_no asset, std::optional<amount> min = {},
            std::optional<amount> max = {}) {
    account_definition x{path, "", account_kind::clearing, normal, min, max};
    auto n = names.next_account();
    REQUIRE(names.add(x, asset, {}));
    sums.add(n);
  }

  std::optional<reason> why(std::vector<posted_entry> entries) {
    auto found = sums.weigh(entries);
    return found ? std::optional{found->why} : std::nullopt;
  }

  chart names;
  balances sums{names};
};

posted_entry dr(account_no n, amount x) { return {n, side::debit, x}; }
posted_entry cr(account_no n, amount x) { return {n, side::credit, x}; }

} // namespace

TEST_CASE("what was weighed is staged by post, and durable after the circle", "[I7]") {
  books x;
  REQUIRE_FALSE(x.why({dr(a, amount{7}), cr(capped, amount{7})}));
  CHECK(x.sums.of(a) == balance{});
  x.sums.post(event_seq{1});
  x.sums.seal();
  CHECK(x.sums.of(a) == balance{});
  x.sums.mark_durable();
  CHECK(x.sums.of(a) == balance{amount{7}, event_seq{1}});
  CHECK(x.sums.of(capped) == balance{amount{7}, event_seq{1}});
  CHECK(x.sums.of(b) == balance{});
}

TEST_CASE("what is only weighed changes nothing", "[I6]") {
  books x;
  REQUIRE_FALSE(x.why({dr(a, amount{7}), cr(capped, amount{7})}));
  REQUIRE_FALSE(x.why({dr(a, amount{10}), cr(capped, amount{10})}));
  x.sums.settle(event_seq{1});
  CHECK(x.sums.of(capped).value == amount{10});
}

TEST_CASE("limits hold for the result and on the normal side", "[I6]") {
  books x;
  CHECK(x.why({dr(a, amount{11}), cr(capped, amount{11})}) == reason::above_max);
  CHECK(x.why({cr(a, amount{11}), dr(capped, amount{11})}) == reason::below_min);
  CHECK_FALSE(x.why({cr(capped, amount{50}), dr(capped, amount{45}), dr(a, amount{5})}));
  auto found = x.sums.weigh(std::vector{dr(a, amount{20}), cr(capped, amount{20})});
  REQUIRE(found);
  CHECK(found->account == capped);
  CHECK(found->value == amount{20});
}

TEST_CASE("each asset balances by itself", "[I6]") {
  books x;
  CHECK(x.why({dr(a, amount{5}), cr(other, amount{5})}) == reason::unbalanced);
  CHECK(x.why({dr(a, amount{5}), cr(b, amount{4})}) == reason::unbalanced);
  CHECK_FALSE(
      x.why({dr(a, amount{5}), cr(b, amount{5}), dr(other, amount{1}), cr(other, amount{1})}));
}

TEST_CASE("nothing passes 128 bits unnoticed", "[I6]") {
  books x;
  auto max = amount::max();
  auto half = *amount::from_int128(max.value() / 2 + 1);
  CHECK(x.why({dr(a, half), dr(a, half), cr(b, max)}) == reason::sum_overflow);
  REQUIRE_FALSE(x.why({dr(a, half), cr(b, half)}));
  x.sums.settle(event_seq{1});
  CHECK(x.why({dr(a, half), cr(b, half)}) == reason::balance_overflow);
  CHECK(x.why({dr(b, half), cr(a, half)}) == reason::turnover_overflow);
  CHECK_FALSE(x.why({dr(a, amount{1}), cr(b, amount{1})}));
}

TEST_CASE("a balance may be as large as an amount", "[I6]") {
  books x;
  REQUIRE_FALSE(x.why({dr(a, amount::max()), cr(b, amount::max())}));
  x.sums.settle(event_seq{1});
  CHECK(x.sums.of(a).value == amount::max());
  CHECK(x.sums.of(b).value == -amount::max());
  auto rows = x.sums.trial(2, 4);
  CHECK(rows[0] ==
        trial_balance_row{asset_no{0}, amount::max(), amount::max(), amount::max(), amount::max()});
  CHECK(rows[1] == trial_balance_row{asset_no{1}, {}, {}, {}, {}});
}

TEST_CASE("a closed account takes no posting") {
  books x;
  x.sums.set_closed(b, true);
  CHECK(x.why({dr(a, amount{5}), cr(b, amount{5})}) == reason::closed);
  CHECK(x.why({cr(b, amount{5})}) == reason::closed);
  x.sums.set_closed(b, false);
  CHECK_FALSE(x.why({dr(a, amount{5}), cr(b, amount{5})}));
}

TEST_CASE("the log of a batch has balances in the order of their first postings") {
  books x;
  REQUIRE_FALSE(x.why({dr(a, amount{7}), cr(capped, amount{7})}));
  auto first = x.sums.post(event_seq{1});
  REQUIRE_FALSE(
      x.why({cr(capped, amount{1}), dr(b, amount{1}), cr(capped, amount{1}), dr(a, amount{1})}));
  auto second = x.sums.post(event_seq{2});
  std::vector<account_balance> after_first{{a, amount{7}}, {capped, amount{7}}};
  std::vector<account_balance> after_second{{capped, amount{9}}, {b, amount{1}}, {a, amount{8}}};
  CHECK(x.sums.staged_log(second) == after_second);
  x.sums.seal();
  x.sums.mark_durable();
  CHECK(x.sums.durable_log(first) == after_first);
  CHECK(x.sums.durable_log(second) == after_second);
}

TEST_CASE("what was posted since a mark can be taken back", "[I6]") {
  books x;
  auto move = [&](std::int64_t value, std::uint64_t seq) {
    REQUIRE_FALSE(x.why({dr(a, amount{value}), cr(capped, amount{value})}));
    x.sums.post(event_seq{seq});
  };
  move(3, 1);
  auto outer = x.sums.set_mark();
  move(2, 2);
  auto inner = x.sums.set_mark();
  move(1, 3);
  x.open("later", side::debit, asset_no{0});
  x.sums.undo_to(inner);
  CHECK(x.sums.staged(a) == balance{amount{5}, event_seq{2}});
  CHECK(x.sums.staged(capped) == balance{amount{5}, event_seq{2}});
  SECTION("all of it") {
    x.sums.undo_to(outer);
    x.sums.forget_marks();
    CHECK(x.sums.staged(a) == balance{amount{3}, event_seq{1}});
    x.sums.seal();
    x.sums.mark_durable();
    CHECK(x.sums.of(a) == balance{amount{3}, event_seq{1}});
    CHECK(x.sums.turnover_of(asset_no{0}) == turnover{amount{3}, amount{3}});
  }
  SECTION("the inner part") {
    x.sums.forget_marks();
    x.sums.seal();
    x.sums.mark_durable();
    CHECK(x.sums.of(a) == balance{amount{5}, event_seq{2}});
    CHECK(x.sums.turnover_of(asset_no{0}) == turnover{amount{5}, amount{5}});
  }
}
