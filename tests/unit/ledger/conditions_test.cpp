#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

ledger::write sale(std::string key, std::vector<condition> conditions, std::int64_t value = 5) {
  return {.what = transfer(std::move(key), {debit("cash", value), credit("sales", value)}),
          .conditions = std::move(conditions)};
}

} // namespace

TEST_CASE("a write is accepted when all its conditions hold") {
  small_book book;
  auto first = book.accept(sale("1", {account_version{"cash", {}}, book_version{event_seq{6}}}));
  book.accept(sale("2", {account_version{"cash", first.seq}, balance_at_least{"sales", amount{5}},
                         balance_at_most{"cash", amount{5}}, balance_at_least{"bank", amount{}},
                         book_version{first.seq}}));
  book.accept({.what = account("new"), .conditions = {book_version{event_seq{8}}}});
  book.accept({.what = account_closing{"bank"}, .conditions = {account_version{"bank", {}}}});
  book.commit();
  CHECK(book.value_of("cash") == amount{10});
}

TEST_CASE("a condition that does not hold says what was found") {
  small_book book;
  book.accept(sale("1", {}, 1050));
  auto fails = [&](const condition& x, std::string name, std::string path, std::string expected,
                   std::string found) {
    for (auto& w : {ledger::write{.what = transfer("2", {debit("cash", 1), credit("sales", 1)}),
                                  .conditions = {book_version{event_seq{7}}, x}},
                    ledger::write{.what = account("new"), .conditions = {x}},
                    ledger::write{.what = account_closing{"bank"}, .conditions = {x}}}) {
      auto refusal = book.refuse(w);
      CHECK(refusal.code() == ec::condition_failed);
      CHECK(refusal.get("condition") == name);
      CHECK(refusal.get("account") == path);
      CHECK(refusal.get("expected") == expected);
      CHECK(refusal.get("found") == found);
    }
  };
  fails(account_version{"cash", event_seq{6}}, "account_version", "cash", "6", "7");
  fails(account_version{"bank", event_seq{7}}, "account_version", "bank", "7", "0");
  fails(book_version{event_seq{6}}, "book_version", "", "6", "7");
  fails(balance_at_least{"sales", amount{1051}}, "balance_at_least", "sales", "10.51", "10.50");
  fails(balance_at_most{"cash", amount{-1}}, "balance_at_most", "cash", "-0.01", "10.50");
  CHECK(book.refuse(sale("2", {balance_at_least{"cash", amount{2000}}})).message() ==
        "the condition balance_at_least of \"cash\" expects 20.00, and it is 10.50; nothing was "
        "written");
  auto unknown = book.refuse(sale("2", {balance_at_most{"nobody", amount{}}}));
  CHECK(unknown.code() == ec::unknown_account);
  CHECK(unknown.get("account") == "nobody");
  CHECK(book.refuse(sale("2", {account_version{"nobody", {}}})).code() == ec::unknown_account);
}

TEST_CASE("conditions come after the key and before the content", "[I5]") {
  small_book book;
  book.accept(sale("1", {book_version{event_seq{6}}}));
  CHECK(book.accept(sale("1", {book_version{event_seq{6}}})).deduplicated);
  CHECK(book.accept({.what = account("cash"), .conditions = {book_version{}}}).deduplicated);
  CHECK(book.refuse(sale("1", {book_version{}}, 6)).code() == ec::idempotency_conflict);
  CHECK(book.refuse(sale("2", {book_version{}}, 0)).code() == ec::condition_failed);
}

TEST_CASE("what a write says beside its command is stored with the event") {
  small_book book;
  ledger::write w{.what = account("new"),
                  .conditions = {},
                  .correlation_id = "story",
                  .causation_id = "cause",
                  .caused_by = {}};
  book.accept(w);
  CHECK(std::get<account_opened>(book.events.back()).links == event_links{"story", "cause"});
  w.what = account_closing{"new"};
  book.accept(w);
  CHECK(std::get<account_closed>(book.events.back()).links == event_links{"story", "cause"});
  w.what = asset_definition{"USD", asset_class::fiat, 2, ""};
  book.accept(w);
  CHECK(std::get<asset_registered>(book.events.back()).links == event_links{"story", "cause"});
  auto x = transfer("k", {debit("cash", 5), credit("sales", 5)});
  w.what = x;
  book.accept(w);
  auto& posted = std::get<transaction_posted>(book.events.back());
  CHECK(posted.correlation_id == "story");
  CHECK(posted.causation_id == "cause");
  // The same thing, said in the transaction.
  x.correlation_id = "story";
  x.causation_id = "cause";
  CHECK(book.accept(x).deduplicated);
  w.what = x;
  CHECK(book.accept(w).deduplicated);
}

TEST_CASE("links that contradict each other, or the rules, are refused") {
  small_book book;
  auto x = transfer("k", {debit("cash", 5), credit("sales", 5)});
  x.correlation_id = "a";
  x.causation_id = "b";
  ledger::write w{
      .what = x, .conditions = {}, .correlation_id = "c", .causation_id = {}, .caused_by = {}};
  CHECK(book.refuse(w).code() == ec::invalid_argument);
  CHECK(book.refuse(w).get("field") == "correlation_id");
  w.correlation_id = "a";
  w.causation_id = "c";
  CHECK(book.refuse(w).get("field") == "causation_id");
  w = {.what = account("new"),
       .conditions = {},
       .correlation_id = "a\n",
       .causation_id = {},
       .caused_by = {}};
  CHECK(book.refuse(w).code() == ec::invalid_name);
  w.what = transfer("k", {debit("cash", 5), credit("sales", 5)});
  CHECK(book.refuse(w).code() == ec::invalid_name);
  w.correlation_id.clear();
  w.caused_by = 0;
  CHECK(book.refuse(w).get("field") == "caused_by");
}
