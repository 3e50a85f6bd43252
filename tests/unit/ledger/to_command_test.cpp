#include "ledger/to_command.hpp"

#include "fixture.hpp"

using namespace daybook;
using namespace daybook::ledger;

TEST_CASE("what an event says is what was asked for") {
  small_book book;
  auto x = transfer("k", {debit("cash", 5, "EUR"), credit("sales", 5, "EUR")});
  x.occurred_at = timestamp{1};
  x.refs = {{"order", "17"}};
  x.metadata = "{}";
  x.correlation_id = "call";
  x.causation_id = "cause";
  book.accept(x);
  auto names = book.machine.chart_of_accounts();
  CHECK(to_command(book.events.back(), *names) == command{x});
  auto cash = account("cash");
  cash.normal_side = side::debit;
  CHECK(to_command(book.events[2], *names) == command{cash});
  CHECK(to_command(book.events[0], *names) ==
        command{asset_definition{"EUR", asset_class::fiat, 2, "Euro"}});
}

TEST_CASE("every event, asked for again, is a duplicate", "[I5]") {
  small_book book;
  book.accept(transfer("k", {debit("cash", 5), credit("sales", 5)}));
  auto names = book.machine.chart_of_accounts();
  for (auto& event : book.events)
    CHECK(book.machine.stage(to_command(event, *names)).value().deduplicated);
}
