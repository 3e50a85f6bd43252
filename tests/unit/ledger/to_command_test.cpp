#include "ledger/reaction.hpp"
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

TEST_CASE("closings, reopenings and reversals say what was asked for") {
  small_book book;
  auto sale = book.accept(transfer("k", {debit("cash", 5, "EUR"), credit("sales", 5, "EUR")}));
  book.accept(account_closing{"bank"});
  book.accept(account_reopening{"bank"});
  book.commit();
  book.accept(reversal{.key = "r", .of = sale.seq});
  auto names = book.machine.chart_of_accounts();
  CHECK(to_command(book.events[7], *names) == command{account_closing{"bank", true}});
  CHECK(to_command(book.events[8], *names) == command{account_reopening{"bank"}});
  auto back = transfer("r", {credit("cash", 5, "EUR"), debit("sales", 5, "EUR")});
  back.reverses = sale.seq;
  back.causation_id = to_string(transaction_id{book.id, sale.seq});
  CHECK(to_command(book.events[9], *names) == command{back});
  CHECK(book.accept(to_command(book.events[9], *names)).deduplicated);
}

TEST_CASE("every event has its links") {
  event_links links{"story", "cause"};
  transaction_posted posted;
  posted.correlation_id = "story";
  posted.causation_id = "cause";
  for (const event& x :
       std::vector<event>{asset_registered{{}, links}, account_opened{{}, links},
                          account_closed{{}, links}, account_reopened{{}, links}, posted})
    CHECK(links_of(x) == links);
}

TEST_CASE("a reaction is caused by its event, and goes on with its story") {
  transaction_id id{book_id{7}, event_seq{9}};
  auto x = transfer("k", {});
  x.correlation_id = x.causation_id = "something else";
  react_to({"story", "cause"}, id, x);
  CHECK(x.correlation_id == "story");
  CHECK(x.causation_id == "00000000000000070000000000000009");
  react_to({"", "cause"}, id, x);
  CHECK(x.correlation_id == x.causation_id);
}

TEST_CASE("anything that can be written can be a reaction") {
  transaction_id id{book_id{7}, event_seq{9}};
  auto posted = transfer("k", {});
  posted.correlation_id = posted.causation_id = "something else";
  reversal taken_back;
  taken_back.correlation_id = "something else";
  for (const command& what :
       std::vector<command>{posted, asset_definition{}, account_definition{}, account_closing{},
                            account_reopening{}, taken_back}) {
    ledger::write x{what, {}, "one", "two", 3};
    react_to({"story", "cause"}, id, x);
    CHECK(x.correlation_id == "story");
    CHECK_FALSE(x.caused_by);
    auto is_reversal = std::holds_alternative<reversal>(what);
    CHECK(x.causation_id == (is_reversal ? "" : to_string(id)));
    if (auto* inner = std::get_if<transaction>(&x.what))
      CHECK((inner->correlation_id.empty() && inner->causation_id.empty()));
    if (auto* inner = std::get_if<reversal>(&x.what))
      CHECK(inner->correlation_id.empty());
  }
}
