#include "examples/turnover/daily_turnover.hpp"

#include "actors/projection.hpp"
#include "tests/conformance/conformance.hpp"

// The projection of the example: what was debited below an account, day by day.

namespace daybook::test {

namespace {

using turnover = daily_turnover::value_type;
using ledger::amount;

constexpr std::int64_t hour_us = 3'600'000'000;

DAYBOOK_CASE("the daily turnover is what was debited on each day, reversals on their own", "[I9]") {
  auto& time = here.clock_by_hand();
  auto at = [&](std::string_view day, int hour) {
    time.set(must(parse_timestamp(day)).us() + hour * hour_us);
  };
  at("2026-03-01", 0);
  auto book = here.prepared();
  must(book.register_asset(asset("EUR")));
  auto euro = account("assets:euro");
  euro.asset = "EUR";
  auto gains = account("income:euro", ledger::account_kind::income);
  gains.asset = "EUR";
  must(book.open_account(euro));
  must(book.open_account(gains));
  must(book.open_account(account("assets:cash2")));
  auto in_euro = [](ledger::transaction x) {
    for (auto& posting : x.postings)
      posting.asset = "EUR";
    return x;
  };
  at("2026-03-01", 9);
  auto first = must(book.commit(sale("a", 500))).id.seq;
  must(book.commit(transfer("b", bank, cash, 200)));
  must(book.commit(in_euro(transfer("c", "assets:euro", "income:euro", 30))));
  at("2026-03-01", 23);
  must(book.commit(sale("d", 7)));
  // The day begins at midnight UTC.
  at("2026-03-02", 0);
  must(book.reverse(reversal_of(first, "e")));
  must(book.commit(transfer("f", "assets:cash2", sales, 40)));

  const turnover everything{{{"2026-03-01", "CZK"}, amount{707}},
                            {{"2026-03-01", "EUR"}, amount{30}},
                            {{"2026-03-02", "CZK"}, amount{540}}};
  const turnover of_cash{{{"2026-03-01", "CZK"}, amount{507}}};
  auto ask = [&](const std::string& path) {
    projection_options options;
    options.filter.kinds = {actors::event_kind::transaction_posted};
    if (!path.empty())
      options.filter.account_prefixes = {path};
    return must(must(book.project<daily_turnover>(options, daily_turnover{path})).get()).value;
  };
  for (int i = 0; i < 2; ++i) {
    CHECK(ask("") == everything);
    CHECK(ask(cash) == of_cash);
    // From the checkpoint of the one before.
    CHECK(ask(cash) == of_cash);
    here.restart();
    book = here.book();
  }
  must(book.commit(sale("g", 3)));
  auto later = of_cash;
  later[{"2026-03-02", "CZK"}] = amount{3};
  CHECK(ask(cash) == later);
}

TEST_CASE("a turnover of more than 128 bits ends its projection") {
  auto largest = must(ledger::parse_decimal("170141183460469231731687303715884105727", 0));
  auto x = sale("k");
  for (auto& posting : x.postings)
    posting.value = largest;
  actors::recorded_event event;
  event.content = x;
  daily_turnover turnover;
  turnover.apply(event);
  CHECK_THROWS_AS(turnover.apply(event), std::overflow_error);
}

} // namespace

} // namespace daybook::test
