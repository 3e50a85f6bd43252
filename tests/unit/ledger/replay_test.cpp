#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

batch_info batch(std::uint64_t first, std::uint64_t epoch = 3, std::int64_t committed_at = 0) {
  return {event_seq{first}, writer_epoch{epoch}, timestamp{committed_at}, {}};
}

/// The book's durable events in a new machine.
book_machine reopened(const small_book& book) {
  auto machine = machine_of(book.id, writer_epoch{4});
  book.replay_into(machine);
  return machine;
}

transaction_posted posted(std::string key, std::vector<posted_entry> entries) {
  transaction_posted x;
  x.key = std::move(key);
  x.entries = std::move(entries);
  return x;
}

transaction_posted reversing(std::uint64_t of, std::vector<posted_entry> entries) {
  auto x = posted("k", std::move(entries));
  x.reverses = event_seq{of};
  return x;
}

posted_entry entry(std::uint32_t account, side direction, amount value) {
  return {account_no{account}, direction, value};
}

account_opened opened(std::string path, std::string asset, std::optional<side> normal) {
  auto definition = account(std::move(path), std::move(asset));
  definition.normal_side = normal;
  return {definition, {}};
}

} // namespace

TEST_CASE("a replayed book is the book") {
  small_book book;
  book.accept(transfer("1", {debit("cash", 5), credit("sales", 5)}));
  book.commit(timestamp{10});
  book.accept(transfer("2", {debit("bank", 3), credit("cash", 3)}));
  book.accept(account("late"));
  book.commit(timestamp{20});
  auto again = reopened(book);
  CHECK(again.durable_seq() == book.machine.durable_seq());
  CHECK(again.staged_seq() == book.machine.durable_seq());
  CHECK(again.staged_events() == 0);
  CHECK_FALSE(again.has_sealed());
  CHECK(again.accounts() == 5);
  CHECK(again.trial_balance() == book.machine.trial_balance());
  for (std::uint32_t n = 0; n < 5; ++n)
    CHECK(again.balance_of(account_no{n}) == book.machine.balance_of(account_no{n}));
  CHECK(again.last_batch() == book.machine.last_batch());
  CHECK(again.state() == book.machine.state());
}

TEST_CASE("keys are remembered after a replay, and what was said with them", "[I5]") {
  small_book book;
  auto x = transfer("1", {debit("cash", 5, "EUR"), credit("sales", 5)});
  x.occurred_at = timestamp{1};
  x.refs = {{"order", "17"}};
  x.metadata = "{}";
  x.correlation_id = "call";
  x.causation_id = "cause";
  auto first = book.accept(x);
  book.commit();
  auto again = reopened(book);
  auto answer = again.stage(x);
  REQUIRE(answer);
  CHECK(answer->deduplicated);
  CHECK(answer->seq == first.seq);
  x.refs[0].value = "18";
  CHECK(refusal_of(again.stage(x)).code() == ec::idempotency_conflict);
  CHECK(again.stage(account("cash")).value().deduplicated);
  CHECK(refusal_of(again.stage(account("cash", "BTC"))).code() == ec::already_exists);
}

TEST_CASE("a replayed book goes on where it was", "[I3][I4]") {
  small_book book;
  book.accept(transfer("1", {debit("cash", 5), credit("sales", 5)}));
  book.commit(timestamp{10});
  auto again = reopened(book);
  CHECK(again.stage(transfer("2", {debit("cash", 5), credit("sales", 5)})).value().seq ==
        event_seq{8});
  auto sealed = again.seal(timestamp{1});
  CHECK(sealed.first_seq == event_seq{8});
  CHECK(sealed.committed_at == timestamp{10});
  again.mark_durable({});
  CHECK(again.last_batch().epoch == writer_epoch{4});
  CHECK(again.balance_of(account_no{0}) == balance{amount{10}, event_seq{8}});
}

TEST_CASE("a book whose identity is read from its log writes under it") {
  small_book book;
  book_machine machine{{}};
  book.replay_into(machine);
  machine.start(book.id, writer_epoch{4});
  CHECK(machine.id() == book.id);
  auto staged = machine.stage(transfer("1", {debit("cash", 5), credit("sales", 5)}));
  REQUIRE(staged);
  machine.seal(timestamp{});
  machine.mark_durable({});
  CHECK(machine.receipt_of(*staged).epoch == writer_epoch{4});
  CHECK(machine.receipt_of(*staged).id == transaction_id{book.id, event_seq{7}});
}

TEST_CASE("a log of wider limits opens") {
  small_book book;
  auto x = transfer("1", {debit("cash", 5), credit("sales", 5)});
  x.refs = {{"order", "17"}};
  book.accept(x);
  book.commit();
  auto narrow =
      machine_of(book.id, writer_epoch{4}, {.bounds = {.postings_max = 1, .refs_max = 0}});
  REQUIRE(narrow.begin_replay(batch(1)));
  for (auto& event : book.events)
    REQUIRE(narrow.replay(event));
  CHECK(narrow.stage(x).value().deduplicated);
}

TEST_CASE("batches that contradict each other are corrupt") {
  small_book book;
  auto machine = reopened(book);
  REQUIRE(machine.begin_replay(batch(7, 3, 10)));
  auto refuses = [&](const batch_info& x) {
    auto refusal = refusal_of(machine.begin_replay(x));
    CHECK(refusal.code() == ec::corrupt);
    CHECK_FALSE(refusal.get("seq").empty());
  };
  refuses(batch(6, 3, 10)); // again
  refuses(batch(8, 3, 10)); // a hole
  refuses(batch(0, 3, 10));
  refuses(batch(7, 2, 10)); // a writer that was fenced
  refuses(batch(7, 3, 9));  // earlier
  CHECK(machine.begin_replay(batch(7, 4, 10)));
}

TEST_CASE("events that contradict those before them are corrupt") {
  small_book book;
  book.accept(transfer("used", {debit("cash", 5), credit("sales", 5)}));
  auto capped = account("capped", "EUR", account_kind::liability);
  capped.max_balance = amount{5};
  book.accept(capped);
  book.accept(account("shut"));
  book.accept(account_closing{"shut"});
  book.commit();
  book.accept(reversal{.key = "back", .of = event_seq{7}});
  book.commit();
  auto machine = reopened(book);
  REQUIRE(machine.begin_replay(batch(12)));
  auto debit_cash = entry(0, side::debit, amount{1});
  auto credit_bank = entry(1, side::credit, amount{1});
  auto all = *amount::from_int128(amount::max().value() - 1);
  for (const event& x : std::vector<event>{
           asset_registered{{"EUR", asset_class::fiat, 2, "Euro"}, {}},
           asset_registered{{"X", asset_class::fiat, 31, ""}, {}},
           opened("cash", "EUR", side::debit),
           opened("new", "XYZ", side::debit),
           opened("new", "EUR", std::nullopt),
           opened("new", "EUR", side{}),
           posted("k", {}),
           posted("used", {debit_cash, credit_bank}),
           posted("k", {debit_cash}),
           posted("k", {debit_cash, entry(6, side::credit, amount{1})}),
           posted("k", {debit_cash, entry(UINT32_MAX, side::credit, amount{1})}),
           posted("k", {debit_cash, entry(3, side::credit, amount{1})}),
           posted("k", {entry(0, side::debit, amount{}), entry(1, side::credit, amount{})}),
           posted("k", {entry(0, side::debit, amount{-1}), entry(1, side::credit, amount{-1})}),
           posted("k", {debit_cash, entry(1, side{}, amount{1})}),
           posted("k", {entry(0, side::debit, all), entry(1, side::credit, all)}),
           posted("k", {entry(0, side::debit, amount{6}), entry(4, side::credit, amount{6})}),
           reversing(12, {debit_cash, credit_bank}),
           reversing(7, {debit_cash, credit_bank}),
           posted("k", {debit_cash, entry(5, side::credit, amount{1})}),
           account_closed{account_no{6}, {}},
           account_closed{account_no{5}, {}},
           account_reopened{account_no{0}, {}},
           account_reopened{account_no{6}, {}},
       }) {
    auto refusal = refusal_of(machine.replay(x));
    CHECK(refusal.code() == ec::corrupt);
    CHECK(refusal.get("seq") == "12");
    CHECK(machine.durable_seq() == event_seq{11});
  }
  REQUIRE(machine.replay(posted("k", {debit_cash, credit_bank})));
}
