#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

} // namespace

TEST_CASE("a new book is empty") {
  auto machine = machine_of(book_id{1}, writer_epoch{2});
  CHECK(machine.staged_seq() == event_seq{0});
  CHECK(machine.durable_seq() == event_seq{0});
  CHECK(machine.staged_events() == 0);
  CHECK_FALSE(machine.has_sealed());
  CHECK(machine.accounts() == 0);
  CHECK(machine.trial_balance().empty());
  CHECK(machine.id() == book_id{1});
  CHECK(machine.epoch() == writer_epoch{2});
}

TEST_CASE("events are numbered without holes, whatever is refused", "[I3]") {
  small_book book;
  auto seq = book.machine.staged_seq().value();
  for (int i = 0; i < 100; ++i) {
    auto key = "k" + std::to_string(i);
    CHECK(book.refuse(sale("")).code() == ec::invalid_name);
    CHECK(book.refuse(sale(key, 0)).code() == ec::invalid_amount);
    CHECK(book.refuse(transfer("x", {debit("cash", 1)})).code() == ec::unbalanced);
    CHECK(book.refuse(account("new", "XYZ")).code() == ec::unknown_asset);
    CHECK(book.refuse(asset_definition{"EUR", asset_class::other, 2, ""}).code() ==
          ec::already_exists);
    REQUIRE(book.accept(sale(key)).seq == event_seq{++seq});
    REQUIRE(book.accept(sale(key)).deduplicated);
    CHECK(book.refuse(sale(key, 6)).code() == ec::idempotency_conflict);
    if (i % 7 == 0)
      book.commit();
  }
  book.commit();
  CHECK(book.machine.durable_seq() == event_seq{seq});
  CHECK(book.events.size() == seq);
}

TEST_CASE("batches follow each other without holes", "[I3]") {
  small_book book;
  book.accept(sale("1"));
  book.accept(sale("2"));
  CHECK(book.machine.staged_events() == 2);
  auto first = book.machine.seal(timestamp{1});
  CHECK(first.first_seq == event_seq{7});
  CHECK(first.events == 2);
  CHECK(book.machine.staged_events() == 0);
  CHECK(book.machine.has_sealed());
  book.accept(sale("3"));
  CHECK(book.machine.staged_events() == 1);
  book.sync();
  CHECK_FALSE(book.machine.has_sealed());
  CHECK(book.machine.durable_seq() == event_seq{8});
  CHECK(book.machine.staged_seq() == event_seq{9});
  CHECK(book.machine.seal(timestamp{1}).first_seq == event_seq{9});
}

TEST_CASE("time does not run backwards", "[I4]") {
  small_book book;
  auto commit_at = [&, i = 0](std::int64_t us) mutable {
    book.accept(sale(std::to_string(i++)));
    book.commit(timestamp{us});
    return book.machine.last_batch().committed_at.us();
  };
  CHECK(commit_at(100) == 100);
  CHECK(commit_at(50) == 100);
  CHECK(commit_at(-1) == 100);
  CHECK(commit_at(101) == 101);
  CHECK(commit_at(101) == 101);
}

TEST_CASE("the first commit is at its own time, even before 1970", "[I4]") {
  auto machine = machine_of(book_id{1}, writer_epoch{1});
  REQUIRE(machine.stage(asset_definition{"EUR", asset_class::fiat, 2, ""}));
  CHECK(machine.seal(timestamp{-5}).committed_at == timestamp{-5});
}

TEST_CASE("a receipt is the event's and its batch's") {
  small_book book;
  book.accept(sale("1"));
  book.accept(
      transfer("2", {credit("cash", 2), debit("bank", 1), debit("sales", 3), credit("bank", 2)}));
  book.commit(timestamp{10});
  book.accept(sale("3"));
  book.commit(timestamp{20});
  CHECK(book.receipts[1].chain == hash_number(1));
  CHECK(book.receipts[6].chain == hash_number(1));
  CHECK(book.receipts[6].balances.empty());
  CHECK(book.receipts[7].chain == hash_number(2));
  CHECK(book.receipts[7].balances ==
        std::vector<account_balance>{{account_no{0}, amount{5}}, {account_no{2}, amount{5}}});
  CHECK(book.receipts[8] ==
        receipt{
            {book.id, event_seq{8}},
            book.epoch,
            timestamp{10},
            false,
            hash_number(2),
            {{account_no{0}, amount{3}}, {account_no{1}, amount{-1}}, {account_no{2}, amount{2}}}});
  CHECK(book.receipts[9].chain == hash_number(3));
  CHECK(book.receipts[9].committed_at == timestamp{20});
  CHECK(book.receipts[9].balances.back() == account_balance{account_no{2}, amount{7}});
}

TEST_CASE("receipts are of the batch that was durable last, whatever is staged behind it", "[I1]") {
  small_book book;
  auto first = book.accept(sale("1"));
  book.seal();
  auto second = book.accept(sale("2"));
  book.sync();
  CHECK(book.machine.receipt_of(first).balances[0].value == amount{5});
  book.seal();
  CHECK(book.machine.receipt_of(first).balances[0].value == amount{5});
  book.sync();
  CHECK(book.machine.receipt_of(second).balances[0].value == amount{10});
}

TEST_CASE("the last batch is kept, and is zero before the first") {
  CHECK(machine_of(book_id{1}, writer_epoch{1}).last_batch() == batch_info{});
  small_book book;
  CHECK(book.machine.last_batch() == book.batches[0]);
}

TEST_CASE("one key is one transaction", "[I5]") {
  small_book book;
  auto first = book.accept(sale("k"));
  auto is_duplicate = [&] {
    auto again = book.accept(sale("k"));
    CHECK(again.seq == first.seq);
    CHECK(again.deduplicated);
    CHECK(again.to_append == nullptr);
  };
  SECTION("in the batch being staged") { is_duplicate(); }
  SECTION("in the batch on the disk") {
    book.seal();
    is_duplicate();
  }
  SECTION("in a durable batch") {
    book.commit();
    is_duplicate();
  }
  SECTION("many transactions later") {
    for (int i = 0; i < 10'000; ++i)
      book.accept(sale(std::to_string(i)));
    is_duplicate();
  }
  auto staged = book.machine.staged_events();
  is_duplicate();
  CHECK(book.machine.staged_events() == staged);
}

TEST_CASE("a key that was used for something else is a conflict", "[I5]") {
  small_book book;
  auto first = book.accept(sale("k"));
  auto conflicts = [&](const transaction& x) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::idempotency_conflict);
    CHECK(refusal.get("key") == "k");
    CHECK(refusal.get("seq") == std::to_string(first.seq.value()));
  };
  auto x = sale("k");
  x.occurred_at = timestamp{0};
  conflicts(x);
  x = sale("k");
  x.metadata = "{}";
  conflicts(x);
  conflicts(sale("k", 6));
  conflicts(transfer("k", {debit("bank", 5), credit("sales", 5)}));
  conflicts(transfer("k", {credit("sales", 5), debit("cash", 5)}));
  // What could never have been accepted is other content, too.
  conflicts(transfer("k", {}));
  conflicts(transfer("k", {debit("nobody", 5), credit("sales", 5)}));
  conflicts(transfer("k", {debit("cash", 5, "BTC"), credit("sales", 5)}));
  conflicts(sale("k", -5));
  CHECK(book.accept(sale("k")).deduplicated);
}

TEST_CASE("an account's own asset may be said or left out", "[I5]") {
  small_book book;
  book.accept(transfer("k", {debit("cash", 5, "EUR"), credit("sales", 5)}));
  CHECK(book.accept(transfer("k", {debit("cash", 5), credit("sales", 5, "EUR")})).deduplicated);
}

TEST_CASE("a retry is a duplicate even when limits would refuse it today", "[I5]") {
  small_book book;
  auto wallet = account("wallet", "EUR", account_kind::liability);
  wallet.max_balance = amount{5};
  book.accept(wallet);
  auto top_up = transfer("k", {debit("cash", 5), credit("wallet", 5)});
  book.accept(top_up);
  CHECK(book.accept(top_up).deduplicated);
}

TEST_CASE("nothing is read before it is durable", "[I7]") {
  small_book book;
  book.accept(sale("1", 100));
  book.commit();
  auto unchanged = [&, trial = book.machine.trial_balance()] {
    CHECK(book.balance_of("cash") == balance{amount{100}, event_seq{7}});
    CHECK(book.balance_of("sales") == balance{amount{100}, event_seq{7}});
    CHECK(book.machine.trial_balance() == trial);
    CHECK(book.machine.durable_seq() == event_seq{7});
  };
  book.accept(sale("2", 10));
  unchanged();
  book.seal();
  unchanged();
  book.accept(sale("3", 1));
  unchanged();
  book.sync();
  CHECK(book.balance_of("cash") == balance{amount{110}, event_seq{8}});
  CHECK(book.machine.trial_balance()[0].debit_turnover == amount{110});
  CHECK(book.machine.durable_seq() == event_seq{8});
  book.commit();
  CHECK(book.balance_of("cash") == balance{amount{111}, event_seq{9}});
}

TEST_CASE("a trial balance has a row for every asset, and both sides are equal", "[I6]") {
  small_book book;
  book.accept(sale("1", 100));
  book.accept(transfer("2", {debit("bank", 30), credit("cash", 30)}));
  book.accept(transfer("3", {debit("sales", 10), credit("cash", 10)}));
  book.commit();
  auto rows = book.machine.trial_balance();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] ==
        trial_balance_row{asset_no{0}, amount{140}, amount{140}, amount{90}, amount{90}});
  CHECK(rows[1] == trial_balance_row{asset_no{1}, {}, {}, {}, {}});
}

TEST_CASE("the chart outlives the machine") {
  std::shared_ptr<const chart> names;
  {
    small_book book;
    names = book.machine.chart_of_accounts();
  }
  CHECK((*names)[account_no{2}].path() == "sales");
}

TEST_CASE("a machine can be moved") {
  small_book book;
  book.accept(sale("1"));
  auto moved = std::move(book.machine);
  REQUIRE(moved.stage(sale("2")));
  moved.seal(timestamp{});
  moved.mark_durable({});
  CHECK(moved.balance_of(*moved.find_account("cash")).value == amount{10});
}
