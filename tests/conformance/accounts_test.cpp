#include "tests/conformance/conformance.hpp"

#include <filesystem>

// Assets, accounts and books: what is counted, and where.

namespace daybook::test {

namespace {

using ledger::account_kind;
using ledger::side;

DAYBOOK_CASE("registering the same asset again changes nothing, and another definition is refused",
             "[I5]") {
  auto book = here.book();
  auto first = must(book.register_asset(asset("EUR")));
  auto again = must(book.register_asset(asset("EUR")));
  CHECK(is_repeat_of(again, first));
  auto error = refused(book.register_asset(asset("EUR", 3)), ec::already_exists);
  CHECK(error.get("what") == "asset");
  CHECK(durable_of(book) == event_seq{1});
}

DAYBOOK_CASE("every asset definition comes back as it was given", "") {
  auto book = here.book();
  std::vector<ledger::asset_definition> given{
      {"EUR", ledger::asset_class::fiat, 2, "euro"},
      {"BTC", ledger::asset_class::crypto, 8, "bitcoin"},
      {"ETH", ledger::asset_class::crypto, 18, ""},
      {"points", ledger::asset_class::other, 0, "points of a shop"},
      {"fine", ledger::asset_class::other, 30, "the finest"},
  };
  for (auto& x : given)
    must(book.register_asset(x));
  CHECK(must(book.assets()) == given);
  here.restart();
  CHECK(must(here.book().assets()) == given);
}

DAYBOOK_CASE("assets and accounts outlive snapshots and restarts", "[I9]") {
  auto book = here.prepared();
  must(book.register_asset(asset("EUR")));
  must(book.snapshot());
  must(book.register_asset(asset("USD")));
  must(book.open_account(floored("assets:till", 0)));
  must(book.snapshot());
  here.restart();
  book = here.book();
  CHECK(must(book.assets()).size() == 3);
  auto till = must(book.balance("assets:till"));
  CHECK(till.definition.min_balance == ledger::amount{0});
  CHECK(till.definition.normal_side == side::debit);
  CHECK(must(book.register_asset(asset("EUR"))).deduplicated);
  refused(book.register_asset(asset("EUR", 4)), ec::already_exists);
}

DAYBOOK_CASE("an account of an unknown asset is refused", "") {
  auto book = here.book();
  auto error = refused(book.open_account(account(cash)), ec::unknown_asset);
  CHECK(error.get("asset") == "CZK");
  CHECK(durable_of(book) == event_seq{0});
}

DAYBOOK_CASE("opening the same account again changes nothing, and another definition is refused",
             "[I5]") {
  auto book = here.prepared();
  auto again = must(book.open_account(account(cash)));
  CHECK(again.deduplicated);
  CHECK(again.id.seq == event_seq{2});
  refused(book.open_account(account(cash, account_kind::expense)), ec::already_exists);
  refused(book.open_account(floored(cash, 0)), ec::already_exists);
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("the kind of an account decides its normal side, except for clearing accounts", "") {
  auto book = here.prepared();
  auto wrong = account("assets:wrong");
  wrong.normal_side = side::credit;
  CHECK(refused(book.open_account(wrong), ec::invalid_argument).get("field") == "normal_side");
  auto income = account("income:wrong", account_kind::income);
  income.normal_side = side::debit;
  refused(book.open_account(income), ec::invalid_argument);
  auto clearing = account("clearing:card", account_kind::clearing);
  clearing.normal_side = side::credit;
  must(book.open_account(clearing));
  CHECK(must(book.balance("clearing:card")).definition.normal_side == side::credit);
  CHECK(must(book.balance(sales)).definition.normal_side == side::credit);
}

DAYBOOK_CASE("names that break the rules are refused and create nothing", "") {
  for (auto* name : {"", ".hidden", "a/b", "a\\b", "..", " a"})
    refused(here.node().book(name), ec::invalid_name);
  CHECK(must(here.node().books()).empty());
  auto book = here.prepared();
  for (auto* path : {"", "a::b", ":a", "a:"})
    refused(book.open_account(account(path)), ec::invalid_name);
  refused(book.register_asset(asset("")), ec::invalid_name);
  refused(book.commit(sale("")), ec::invalid_name);
  CHECK(durable_of(book) == event_seq{4});
}

DAYBOOK_CASE("asking for a book that is not there does not make it", "") {
  auto name = "nobody";
  CHECK(refused(here.node().book(name, actors::open_mode::existing), ec::not_found).get("what") ==
        name);
  refused(here.node().stop_book(name), ec::not_found);
  CHECK(must(here.node().books()).empty());
  CHECK_FALSE(std::filesystem::exists(here.data() + "/books/nobody"));
}

DAYBOOK_CASE("books share nothing: names, numbers and keys are each their own", "[I3][I5]") {
  auto one = here.prepared();
  auto other = must(here.node().book("other"));
  CHECK(must(other.assets()).empty());
  refused(other.balance(cash), ec::unknown_account);
  must(other.register_asset(asset("CZK", 4)));
  must(other.open_account(account(cash)));
  must(other.open_account(account(sales, account_kind::income)));
  auto here_first = must(one.commit(sale("k", 5)));
  auto there_first = must(other.commit(sale("k", 7)));
  CHECK(here_first.id.seq == event_seq{5});
  CHECK(there_first.id.seq == event_seq{4});
  CHECK(here_first.id.book != there_first.id.book);
  CHECK_FALSE(there_first.deduplicated);
  CHECK(balance_of(one, cash) == 5);
  CHECK(balance_of(other, cash) == 7);
  refused(one.transaction(there_first.id), ec::not_found);
}

DAYBOOK_CASE("accounts are found by whole parts of their path", "") {
  auto book = here.prepared();
  must(book.open_account(account("assets2:cash")));
  CHECK(must(book.accounts("assets")).size() == 2);
  CHECK(must(book.accounts(cash)).size() == 1);
  CHECK(must(book.accounts("asset")).empty());
  auto all = must(book.accounts());
  REQUIRE(all.size() == 4);
  CHECK(all.front().definition.path == "assets2:cash"); // before the colon stands the digit
  CHECK(all.back().definition.path == sales);
}

} // namespace

} // namespace daybook::test
