#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

/// An account of EUR that stands on the credit side and may owe 5.00 at most.
account_definition wallet() {
  auto x = account("wallet", "EUR", account_kind::liability);
  x.min_balance = amount{0};
  x.max_balance = amount{500};
  return x;
}

} // namespace

TEST_CASE("an accepted transaction becomes an event with account numbers") {
  small_book book;
  auto x = transfer("sale 1", {debit("cash", 226'70, "EUR"), credit("sales", 226'70)});
  x.occurred_at = timestamp{5};
  x.refs = {{"order", "17"}};
  x.metadata = "{}";
  x.correlation_id = "call";
  x.causation_id = "cause";
  auto answer = book.accept(x);
  CHECK(answer.seq == event_seq{7});
  transaction_posted expected{
      "sale 1",
      {{account_no{0}, side::debit, amount{226'70}}, {account_no{2}, side::credit, amount{226'70}}},
      timestamp{5},
      {{"order", "17"}},
      "{}",
      "call",
      "cause",
      {}};
  CHECK(std::get<transaction_posted>(*answer.to_append) == expected);
  // Nothing of it stays in the next one.
  auto bare = book.accept(transfer("2", {debit("cash", 1), credit("sales", 1)}));
  auto& posted = std::get<transaction_posted>(*bare.to_append);
  CHECK(posted.refs.empty());
  CHECK(posted.metadata.empty());
  CHECK_FALSE(posted.occurred_at);
}

TEST_CASE("balances stand on the normal side of their accounts") {
  small_book book;
  book.accept(transfer("1", {debit("cash", 500), credit("sales", 500)}));
  book.accept(transfer("2", {debit("bank", 700), credit("cash", 700)}));
  book.commit();
  CHECK(book.value_of("cash") == amount{-200});
  CHECK(book.value_of("bank") == amount{700});
  CHECK(book.value_of("sales") == amount{500});
  CHECK(book.balance_of("sales").updated_seq == event_seq{7});
  CHECK(book.balance_of("cash").updated_seq == event_seq{8});
  CHECK(book.balance_of("coins") == balance{});
}

TEST_CASE("a transaction may touch an account more than once") {
  small_book book;
  book.accept(
      transfer("1", {debit("cash", 5), debit("cash", 6), credit("cash", 1), credit("bank", 10)}));
  book.commit();
  CHECK(book.value_of("cash") == amount{10});
  CHECK(book.value_of("bank") == amount{-10});
}

TEST_CASE("keys and labels keep the rules") {
  small_book book;
  auto with = [](auto change) {
    auto x = transfer("k", {debit("cash", 1), credit("bank", 1)});
    change(x);
    return x;
  };
  for (auto& x : {
           with([](auto& t) { t.key = ""; }),
           with([](auto& t) { t.key = "a\n"; }),
           with([](auto& t) { t.key = std::string(256, 'k'); }),
           with([](auto& t) { t.refs = {{"", "v"}}; }),
           with([](auto& t) { t.refs = {{"k", "v"}, {"k", ""}}; }),
           with([](auto& t) { t.correlation_id = "\xff"; }),
           with([](auto& t) { t.causation_id = "\x01"; }),
       }) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::invalid_name);
  }
  auto metadata = book.refuse(with([](auto& t) { t.metadata = "\xff"; }));
  CHECK(metadata.code() == ec::invalid_argument);
  CHECK(metadata.get("field") == "metadata");
  book.accept(with([](auto& t) { t.metadata = "not looked into\n"; }));
}

TEST_CASE("sizes are bounded") {
  auto machine =
      machine_of(book_id{1}, writer_epoch{1},
                 {.bounds = {.metadata_bytes_max = 10, .postings_max = 2, .refs_max = 1}});
  auto refusal = [&](const transaction& x) { return refusal_of(machine.stage(x)); };
  auto none = refusal(transfer("k", {}));
  CHECK(none.code() == ec::invalid_argument);
  CHECK(none.get("field") == "postings");
  auto check = [&](const transaction& x, std::string_view what, std::string_view limit,
                   std::string_view would_be) {
    auto error = refusal(x);
    CHECK(error.code() == ec::limit_exceeded);
    CHECK(error.get("what") == what);
    CHECK(error.get("limit") == limit);
    CHECK(error.get("would_be") == would_be);
  };
  check(transfer("k", std::vector<posting>(3)), "postings", "2", "3");
  auto x = transfer("k", std::vector<posting>(2));
  x.metadata = std::string(11, ' ');
  check(x, "metadata", "10", "11");
  x.metadata = std::string(10, ' ');
  x.refs = {{"a", "b"}, {"c", "d"}};
  check(x, "refs", "1", "2");
  x.refs.pop_back();
  CHECK(refusal(x).code() == ec::unknown_account);
}

TEST_CASE("postings name open accounts and their assets") {
  small_book book;
  auto unknown = book.refuse(transfer("k", {debit("cash", 1), credit("no\n", 1)}));
  CHECK(unknown.code() == ec::unknown_account);
  CHECK(unknown.get("account") == "no\\x0a");
  auto mismatch = book.refuse(transfer("k", {debit("cash", 1, "BTC"), credit("bank", 1)}));
  CHECK(mismatch.code() == ec::asset_mismatch);
  CHECK(mismatch.get("account") == "cash");
  CHECK(mismatch.get("account_asset") == "EUR");
  CHECK(mismatch.get("asset") == "BTC");
  auto asset = book.refuse(transfer("k", {debit("cash", 1, "XYZ"), credit("bank", 1)}));
  CHECK(asset.code() == ec::unknown_asset);
  CHECK(asset.get("asset") == "XYZ");
}

TEST_CASE("amounts are above zero, and have a direction") {
  small_book book;
  auto zero = book.refuse(transfer("k", {debit("cash", 0), credit("bank", 0)}));
  CHECK(zero.code() == ec::invalid_amount);
  CHECK(zero.get("amount") == "0.00");
  auto negative = book.refuse(transfer("k", {debit("cash", -150), credit("bank", -150)}));
  CHECK(negative.code() == ec::invalid_amount);
  CHECK(negative.get("amount") == "-1.50");
  auto nowhere = transfer("k", {debit("cash", 1), credit("bank", 1)});
  nowhere.postings[0].direction = side{};
  CHECK(book.refuse(nowhere).get("field") == "direction");
}

TEST_CASE("debits equal credits in every asset", "[I6]") {
  small_book book;
  auto refusal = book.refuse(transfer("k", {debit("cash", 226'70), credit("bank", 5)}));
  CHECK(refusal.code() == ec::unbalanced);
  CHECK(refusal.get("asset") == "EUR");
  CHECK(refusal.get("debit") == "226.70");
  CHECK(refusal.get("credit") == "0.05");
  CHECK(refusal.message() ==
        "the debits in \"EUR\" are 226.70 and the credits are 0.05; they must be equal");
  auto crossed = book.refuse(transfer("k", {debit("cash", 5), credit("coins", 5)}));
  CHECK(crossed.code() == ec::unbalanced);
  CHECK(book.refuse(transfer("k", {debit("cash", 5)})).code() == ec::unbalanced);
  book.accept(
      transfer("k", {debit("cash", 5), credit("bank", 5), debit("coins", 7), credit("coins", 7)}));
}

TEST_CASE("limits are judged on the normal side and on the whole", "[I6]") {
  small_book book;
  book.accept(wallet());
  auto above = book.refuse(transfer("k", {debit("cash", 501), credit("wallet", 501)}));
  CHECK(above.code() == ec::limit_exceeded);
  CHECK(above.get("account") == "wallet");
  CHECK(above.get("what") == "max_balance");
  CHECK(above.get("limit") == "5.00");
  CHECK(above.get("would_be") == "5.01");
  auto below = book.refuse(transfer("k", {debit("wallet", 1), credit("cash", 1)}));
  CHECK(below.code() == ec::limit_exceeded);
  CHECK(below.get("what") == "min_balance");
  CHECK(below.get("limit") == "0.00");
  CHECK(below.get("would_be") == "-0.01");
  CHECK(below.message() ==
        "the balance of account \"wallet\" would be -0.01, below its minimum of 0.00");
  book.accept(transfer("k", {debit("wallet", 900), credit("wallet", 1400), debit("cash", 500)}));
  CHECK(book.refuse(transfer("l", {debit("cash", 1), credit("wallet", 1)})).code() ==
        ec::limit_exceeded);
  book.commit();
  CHECK(book.value_of("wallet") == amount{500});
}

TEST_CASE("limits are judged against what is accepted, durable or not", "[I6]") {
  small_book book;
  book.accept(wallet());
  book.accept(transfer("1", {debit("cash", 300), credit("wallet", 300)}));
  book.seal();
  book.accept(transfer("2", {debit("cash", 200), credit("wallet", 200)}));
  CHECK(book.refuse(transfer("3", {debit("cash", 1), credit("wallet", 1)})).code() ==
        ec::limit_exceeded);
  book.sync();
  CHECK(book.value_of("wallet") == amount{300});
  CHECK(book.refuse(transfer("3", {debit("cash", 1), credit("wallet", 1)})).code() ==
        ec::limit_exceeded);
}

TEST_CASE("numbers past 128 bits are refused", "[I6]") {
  small_book book;
  auto with = [](std::string key, std::string from, std::string to, amount value) {
    return transfer(std::move(key), {{std::move(to), value, "", side::debit},
                                     {std::move(from), value, "", side::credit}});
  };
  auto sum = with("k", "cash", "bank", amount::max());
  sum.postings.push_back(debit("bank", 1));
  auto refusal = book.refuse(sum);
  CHECK(refusal.code() == ec::overflow);
  CHECK(refusal.get("asset") == "EUR");
  CHECK(refusal.get("amount") == "0.01");
  book.accept(with("k", "cash", "bank", amount::max()));
  auto further = book.refuse(with("l", "cash", "bank", amount{1}));
  CHECK(further.code() == ec::overflow);
  CHECK(further.get("account") == "bank");
  auto turnover = book.refuse(with("l", "bank", "cash", amount{100}));
  CHECK(turnover.code() == ec::overflow);
  CHECK(turnover.get("asset") == "EUR");
  CHECK(turnover.get("amount") == "1.00");
  book.accept(with("l", "coins", "coins", amount::max()));
}

TEST_CASE("a refused transaction leaves its neighbours alone", "[I6]") {
  small_book book;
  book.accept(wallet());
  book.accept(transfer("1", {debit("cash", 100), credit("wallet", 100)}));
  CHECK(book.refuse(transfer("2", {debit("cash", 450), credit("wallet", 450)})).code() ==
        ec::limit_exceeded);
  CHECK(book.refuse(transfer("3", {debit("bank", 1), debit("cash", 1), credit("wallet", 1)}))
            .code() == ec::unbalanced);
  book.accept(transfer("4", {debit("cash", 400), credit("wallet", 400)}));
  book.commit();
  CHECK(book.value_of("cash") == amount{500});
  CHECK(book.value_of("wallet") == amount{500});
  CHECK(book.balance_of("bank") == balance{});
}

TEST_CASE("the key of a refused transaction is free", "[I5][I6]") {
  small_book book;
  CHECK(book.refuse(transfer("k", {debit("cash", 1), credit("bank", 2)})).code() == ec::unbalanced);
  auto answer = book.accept(transfer("k", {debit("cash", 2), credit("bank", 2)}));
  CHECK_FALSE(answer.deduplicated);
}

TEST_CASE("the largest transaction is accepted, and not slowly") {
  small_book book;
  auto postings = limits{}.postings_max;
  transaction x = transfer("k", {});
  for (std::size_t i = 0; i < postings / 2; ++i) {
    book.accept(account(std::to_string(i)));
    x.postings.push_back(debit(std::to_string(i), 3));
    x.postings.push_back(credit("bank", 3));
  }
  book.accept(x);
  book.commit();
  CHECK(book.value_of("bank") == amount{-3 * static_cast<std::int64_t>(postings / 2)});
  CHECK(book.value_of("4999") == amount{3});
  x.key = "l";
  x.postings.push_back(debit("bank", 1));
  CHECK(book.refuse(x).get("what") == "postings");
}
