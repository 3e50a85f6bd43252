#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

/// A book with a sale at seq 7 that is durable.
struct sold : small_book {
  explicit sold(machine_options options = {}) : small_book(options) {
    auto x = sale("sale");
    x.correlation_id = "story";
    x.refs = {{"order", "17"}};
    accept(x);
    commit();
  }

  static constexpr event_seq of{7};
  const std::string id_of_sale = to_string(transaction_id{id, of});
};

} // namespace

TEST_CASE("a reversal is the mirror image, caused by what it takes back") {
  sold book;
  auto answer = book.accept(reversal{"back", book.of, timestamp{5}, "{\"why\":1}", {}});
  transaction_posted expected{
      "back",
      {{account_no{0}, side::credit, amount{5}}, {account_no{2}, side::debit, amount{5}}},
      timestamp{5},
      {},
      "{\"why\":1}",
      "story",
      book.id_of_sale,
      book.of};
  CHECK(std::get<transaction_posted>(*answer.to_append) == expected);
  book.commit();
  CHECK(book.value_of("cash") == amount{});
  CHECK(book.receipts[8].balances.size() == 2);
}

TEST_CASE("a reversal may tell a story of its own") {
  sold book;
  ledger::write w{.what = reversal{"back", book.of, {}, {}, "mine"},
                  .conditions = {},
                  .correlation_id = "other",
                  .causation_id = {},
                  .caused_by = {}};
  CHECK(book.refuse(w).get("field") == "correlation_id");
  w.correlation_id = "mine";
  w.causation_id = "x";
  CHECK(book.refuse(w).get("field") == "causation_id");
  w.causation_id = book.id_of_sale;
  book.accept(w);
  CHECK(std::get<transaction_posted>(book.events.back()).correlation_id == "mine");
}

TEST_CASE("a reversal is repeated like any transaction", "[I5]") {
  sold book;
  reversal x{"back", book.of, {}, {}, {}};
  auto first = book.accept(x);
  CHECK(book.accept(x).deduplicated);
  book.commit();
  CHECK(book.accept(x).seq == first.seq);
  auto other = x;
  other.metadata = "{}";
  CHECK(book.refuse(other).code() == ec::idempotency_conflict);
  other = x;
  other.of = event_seq{100};
  CHECK(book.refuse(other).code() == ec::idempotency_conflict);
  other.key = "sale";
  CHECK(book.refuse(other).code() == ec::idempotency_conflict);
}

TEST_CASE("a transaction is reversed once", "[I5]") {
  sold book;
  book.accept(reversal{"back", book.of, {}, {}, {}});
  auto is_refused = [&] {
    auto refusal = book.refuse(reversal{"again", book.of, {}, {}, {}});
    CHECK(refusal.code() == ec::already_reversed);
    CHECK(refusal.get("transaction") == book.id_of_sale);
    CHECK(refusal.get("seq") == "8");
  };
  is_refused();
  book.commit();
  is_refused();
  // The reversal is a transaction, too.
  book.accept(reversal{"forth", event_seq{8}, {}, {}, {}});
  book.commit();
  CHECK(book.value_of("cash") == amount{5});
  auto again = machine_of(book.id, writer_epoch{4});
  book.replay_into(again);
  CHECK(refusal_of(again.stage(reversal{"again", book.of, {}, {}, {}},
                               book.known_of(reversal{"again", book.of, {}, {}, {}})))
            .code() == ec::already_reversed);
}

TEST_CASE("only durable transactions are reversed") {
  sold book;
  book.accept(sale("2"));
  for (std::uint64_t seq : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{8}, UINT64_MAX}) {
    reversal x{"back", event_seq{seq}, {}, {}, {}};
    questions asked;
    book.machine.ask(x, asked);
    CHECK(asked.keys.empty());
    CHECK(asked.transactions.size() == (seq == 1 ? 1 : 0));
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::not_found);
    CHECK(refusal.get("what") == "transaction");
  }
}

TEST_CASE("a transaction takes back one before it in the same atomic batch", "[I5][I6]") {
  // Keys are in the index, and what is not durable is not looked for there.
  sold book{{.hot_keys_max = GENERATE(0u, 2u)}};
  while (auto old = book.machine.keys_to_spill()) {
    book.index.insert(old->uses.begin(), old->uses.end());
    book.machine.forget(*old);
  }
  auto back = [](std::string key, std::uint64_t of, std::int64_t value = 6) {
    auto x = transfer(std::move(key), {credit("cash", value), debit("sales", value)});
    x.reverses = event_seq{of};
    return x;
  };
  auto refuses = [&](const std::vector<ledger::write>& items, ec code, std::string_view item) {
    auto refusal = book.refuse_all(items);
    CHECK(refusal.code() == code);
    CHECK(refusal.get("item") == item);
  };
  std::vector<ledger::write> items{{.what = sale("2", 6)}, {.what = back("back", 8)}};
  refuses({items[0], items[1], {.what = back("again", 8)}}, ec::already_reversed, "2");
  refuses({items[0], {.what = back("back", 8, 5)}}, ec::invalid_argument, "1");
  refuses({items[1], items[0]}, ec::not_found, "0");
  refuses({items[0], {.what = back("back", 9)}}, ec::not_found, "1");
  refuses({items[0], {.what = reversal{"back", event_seq{8}, {}, {}, {}}}}, ec::not_found, "1");
  for (auto atomic : {true, false}) {
    auto found = book.machine.rehearse(items, atomic, book.known_of(items));
    REQUIRE(found.size() == 2);
    REQUIRE(found[1]);
    CHECK(found[1]->balances[0].value == amount{5});
  }
  book.accept_all(items);
  // Of another unit it must be durable.
  CHECK(book.refuse(back("again", 8)).code() == ec::not_found);
  refuses({{.what = back("again", 8)}}, ec::not_found, "0");
  CHECK(book.accept_all(items)[1].deduplicated);
  book.commit();
  CHECK(book.accept_all(items)[1].deduplicated);
  CHECK(book.refuse(back("again", 8)).code() == ec::already_reversed);
  CHECK(book.value_of("cash") == amount{5});
}

TEST_CASE("a transaction that reverses must be the exact mirror image") {
  sold book;
  auto back = [&](std::vector<posting> postings) {
    auto x = transfer("back", std::move(postings));
    x.reverses = book.of;
    return x;
  };
  for (auto& x :
       {back({debit("sales", 5), credit("cash", 5)}), // another order
        back({credit("cash", 4), debit("sales", 4)}), back({debit("cash", 5), credit("sales", 5)}),
        back({credit("cash", 5), debit("sales", 5), debit("bank", 1), credit("bank", 1)}),
        back({credit("bank", 5), debit("sales", 5)})}) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::invalid_argument);
    CHECK(refusal.get("field") == "reverses");
  }
  auto exact = back({credit("cash", 5), debit("sales", 5)});
  exact.causation_id = "as given";
  book.accept(exact);
  CHECK(std::get<transaction_posted>(book.events.back()).causation_id == "as given");
  CHECK(book.accept(exact).deduplicated);
  exact.reverses = {};
  CHECK(book.refuse(exact).code() == ec::idempotency_conflict);
  exact.key = "other";
  exact.reverses = book.of;
  CHECK(book.refuse(exact).code() == ec::already_reversed);
  exact.reverses = event_seq{3};
  CHECK(book.refuse(exact).code() == ec::not_found);
}

TEST_CASE("a reversal keeps the rules of transactions", "[I6]") {
  sold book;
  book.accept(account_closing{"sales", true});
  CHECK(book.refuse(reversal{"back", book.of, {}, {}, {}}).code() == ec::account_closed);
  CHECK(book.refuse(reversal{"", book.of, {}, {}, {}}).code() == ec::invalid_name);
  CHECK(book.refuse(ledger::write{.what = reversal{"back", book.of, {}, {}, {}},
                                  .conditions = {book_version{event_seq{7}}}})
            .code() == ec::condition_failed);
  book.accept(account_reopening{"sales"});
  book.accept(reversal{"back", book.of, {}, {}, {}});
}

TEST_CASE("that a transaction was reversed is asked of the index like a key", "[I5]") {
  sold book{{.hot_keys_max = 2}};
  book.accept(reversal{"back", book.of, {}, {}, {}});
  book.commit();
  while (auto old = book.machine.keys_to_spill()) {
    book.index.insert(old->uses.begin(), old->uses.end());
    book.machine.forget(*old);
    book.machine.spill_all_keys();
  }
  CHECK(book.index.size() == 3);
  CHECK(book.machine.hot_keys() == 0);
  reversal again{"again", book.of, {}, {}, {}};
  questions asked;
  book.machine.ask(again, asked);
  CHECK(asked.keys.size() == 2);
  CHECK(asked.transactions == std::vector{book.of});
  CHECK(book.refuse(again).code() == ec::already_reversed);
  CHECK(book.accept(reversal{"back", book.of, {}, {}, {}}).deduplicated);
}
