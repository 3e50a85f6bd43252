#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), {debit("cash", value), credit("sales", value)});
}

account_state state_of(const small_book& book, std::string_view path) {
  return book.machine.state_of(book.machine.find_account(path).value());
}

} // namespace

TEST_CASE("a closed account takes no postings until it is reopened") {
  small_book book;
  auto closing = book.accept(account_closing{"cash"});
  CHECK(closing.seq == event_seq{7});
  CHECK(std::get<account_closed>(*closing.to_append) == account_closed{account_no{0}, {}});
  auto refusal = book.refuse(sale("1"));
  CHECK(refusal.code() == ec::account_closed);
  CHECK(refusal.get("account") == "cash");
  CHECK(refusal.get("seq") == "7");
  auto reopening = book.accept(account_reopening{"cash"});
  CHECK(std::get<account_reopened>(*reopening.to_append) == account_reopened{account_no{0}, {}});
  book.accept(sale("1"));
}

TEST_CASE("closing a closed account and reopening an open one change nothing") {
  small_book book;
  auto is_duplicate = [&](const command& x, std::uint64_t seq) {
    auto answer = book.accept(x);
    CHECK(answer.deduplicated);
    CHECK(answer.to_append == nullptr);
    CHECK(answer.seq == event_seq{seq});
  };
  is_duplicate(account_reopening{"cash"}, 3); // the opening
  book.accept(account_closing{"cash"});
  is_duplicate(account_closing{"cash"}, 7);
  book.accept(account_reopening{"cash"});
  is_duplicate(account_reopening{"cash"}, 8);
  book.accept(account_closing{"cash"});
  is_duplicate(account_closing{"cash"}, 9);
  // It exists.
  is_duplicate(account("cash"), 3);
  CHECK(book.refuse(account("cash", "BTC")).code() == ec::already_exists);
  CHECK(book.refuse(account_closing{"nobody"}).code() == ec::unknown_account);
  CHECK(book.refuse(account_reopening{""}).code() == ec::unknown_account);
}

TEST_CASE("closing needs a balance of zero, or to be told that it does not matter") {
  small_book book;
  book.accept(sale("1", 1050));
  auto refusal = book.refuse(account_closing{"sales"});
  CHECK(refusal.code() == ec::condition_failed);
  CHECK(refusal.get("condition") == "zero_balance");
  CHECK(refusal.get("account") == "sales");
  CHECK(refusal.get("expected") == "0.00");
  CHECK(refusal.get("found") == "10.50");
  book.accept(account_closing{"sales", true});
  book.commit();
  CHECK(book.value_of("sales") == amount{1050});
  CHECK(state_of(book, "sales").closed);
}

TEST_CASE("a lifecycle is read when it is durable", "[I7]") {
  small_book book;
  auto is = [&](bool closed, std::uint64_t changed_at) {
    CHECK(state_of(book, "cash").closed == closed);
    CHECK(state_of(book, "cash").changed_at == event_seq{changed_at});
  };
  book.accept(account_closing{"cash"});
  is(false, 0);
  book.seal();
  is(false, 0);
  book.accept(account_reopening{"cash"});
  book.sync();
  is(true, 7);
  CHECK_FALSE(state_of(book, "bank").closed);
  book.accept(sale("1"));
  book.commit();
  is(false, 8);
}

TEST_CASE("a known key is a replay even when its account has been closed since", "[I5]") {
  small_book book;
  auto first = book.accept(sale("1"));
  book.accept(account_closing{"cash", true});
  CHECK(book.accept(sale("1")).seq == first.seq);
  CHECK(book.refuse(sale("1", 6)).code() == ec::idempotency_conflict);
}

TEST_CASE("lifecycles are replayed") {
  small_book book;
  book.accept(account_closing{"cash"});
  book.accept(account_closing{"bank"});
  book.accept(account_reopening{"bank"});
  book.commit();
  auto again = machine_of(book.id, writer_epoch{4});
  book.replay_into(again);
  for (account_no n; n.value() < 4; n = n.next())
    CHECK(again.state_of(n) == book.machine.state_of(n));
  CHECK(refusal_of(again.stage(sale("1"))).code() == ec::account_closed);
  CHECK(again.stage(transfer("1", {debit("bank", 5), credit("sales", 5)})));
}
