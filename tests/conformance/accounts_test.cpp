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

/// Every account, in pages of two, as of the first page; `between` is called after each page.
template <class Between>
std::vector<actors::account_view> in_pages(const book_client& book, Between between,
                                           actors::moment at = {}) {
  std::vector<actors::account_view> all;
  for (std::optional<account_no> from{0}; from;) {
    auto page = must(book.accounts_page({{}, *from, 2, at}));
    all.insert(all.end(), page.items.begin(), page.items.end());
    from = page.next;
    at = after(page.at);
    between();
  }
  return all;
}

bool are_the_same(const actors::account_view& x, const actors::account_view& y) {
  return x.definition == y.definition && x.balance == y.balance && x.number == y.number &&
         x.updated_seq == y.updated_seq && x.closed == y.closed;
}

/// A book of nine accounts, the last one closed, with a sale in every other.
book_client prepared_with_many(subject& here) {
  auto book = here.prepared();
  for (int i = 0; i < 6; ++i)
    must(book.open_account(account("assets:till" + std::to_string(i))));
  must(book.close_account({"assets:till5"}));
  for (int i = 0; i < 4; ++i)
    must(book.commit(
        transfer("s" + std::to_string(i), "assets:till" + std::to_string(i), sales, 5)));
  return book;
}

void check_pages_are_of_one_moment(subject& here) {
  auto book = prepared_with_many(here);
  auto moment = durable_of(book);
  auto before = in_pages(book, [] {});
  REQUIRE(before.size() == 9);
  int round = 0;
  auto change_everything = [&] {
    auto n = std::to_string(++round);
    must(book.commit_atomic(
        {asked(transfer("a" + n, cash, "assets:till4", 3)),
         asked(transfer("b" + n, "assets:till0", sales, 2)), asked(account("assets:new" + n)),
         asked(round % 2 == 1 ? ledger::command{ledger::account_closing{"assets:till3", true}}
                              : ledger::command{ledger::account_reopening{"assets:till3"}}),
         asked(round % 2 == 1 ? ledger::command{ledger::account_reopening{"assets:till5"}}
                              : ledger::command{ledger::account_closing{"assets:till5"}})}));
  };
  auto torn = in_pages(book, change_everything);
  CHECK(round >= 5);
  REQUIRE(torn.size() == before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    INFO(before[i].definition.path);
    CHECK(are_the_same(torn[i], before[i]));
  }
  // And later, for who asks for that moment.
  auto past = must(book.accounts({}, after(moment)));
  CHECK(past.size() == before.size());
  for (auto& view : past)
    CHECK(are_the_same(view, before[view.number.value()]));
}

DAYBOOK_CASE("pages of accounts are all of one moment, whatever is written between them", "[I7]") {
  check_pages_are_of_one_moment(here);
}

DAYBOOK_CASE("pages of accounts are all of one moment without an index, too", "[I7][I9]") {
  here.options.index = false;
  check_pages_are_of_one_moment(here);
}

DAYBOOK_CASE("accounts as of a time are those of the last event by then", "") {
  auto& clock = here.clock_by_hand();
  auto book = here.prepared();
  auto then = must(book.commit(sale("k", 5))).committed_at;
  clock.set(then.us() + 1);
  must(book.commit(sale("l", 5)));
  must(book.open_account(account("assets:late")));
  auto views = must(book.accounts({}, at_time(then)));
  REQUIRE(views.size() == 3);
  CHECK(views[1].definition.path == cash);
  CHECK(views[1].balance == ledger::amount{5});
  CHECK(views[1].updated_seq == event_seq{5});
}

DAYBOOK_CASE("accounts of a moment that cannot be are refused", "[I7]") {
  auto book = here.prepared();
  must(book.commit_atomic({asked(sale("a")), asked(sale("b"))}));
  auto yet_to_come = refused(book.accounts({}, after(event_seq{7})), ec::invalid_argument);
  CHECK(yet_to_come.get("durable") == "6");
  auto within = refused(book.accounts({}, after(event_seq{5})), ec::invalid_argument);
  CHECK(within.get("before") == "4");
  CHECK(within.get("after") == "6");
  CHECK(must(book.accounts({}, after(event_seq{}))).empty());
}

} // namespace

} // namespace daybook::test
