#include "fixture.hpp"

#include <string>

using namespace daybook;
using namespace daybook::ledger;

namespace {

account_definition on_side(account_kind kind, side normal) {
  auto x = account("new", "EUR", kind);
  x.normal_side = normal;
  return x;
}

} // namespace

TEST_CASE("an asset is registered once, and again without effect") {
  small_book book;
  asset_definition usd{"USD", asset_class::fiat, 2, "Dollar"};
  auto first = book.accept(usd);
  CHECK(first.seq == event_seq{7});
  CHECK(std::get<asset_registered>(*first.to_append).definition == usd);
  auto again = book.accept(usd);
  CHECK(again.seq == first.seq);
  CHECK(again.deduplicated);
  CHECK(again.to_append == nullptr);
}

TEST_CASE("an asset does not change") {
  small_book book;
  for (auto x : {asset_definition{"EUR", asset_class::crypto, 2, "Euro"},
                 asset_definition{"EUR", asset_class::fiat, 3, "Euro"},
                 asset_definition{"EUR", asset_class::fiat, 2, ""}}) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::already_exists);
    CHECK(refusal.get("what") == "asset");
    CHECK(refusal.get("asset") == "EUR");
  }
  CHECK(book.refuse(asset_definition{"EUR", asset_class::fiat, 3, "Euro"}).message() ==
        "asset \"EUR\" is registered with another precision; assets never change, use another id");
}

TEST_CASE("an asset keeps the rules") {
  small_book book;
  auto field = [&](const asset_definition& x) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::invalid_argument);
    return std::string{refusal.get("field")};
  };
  CHECK(field({"X", asset_class::other, 31, ""}) == "precision");
  CHECK(field({"X", asset_class{}, 2, ""}) == "class");
  CHECK(field({"X", asset_class{9}, 2, ""}) == "class");
  CHECK(book.refuse(asset_definition{"", asset_class::other, 2, ""}).code() == ec::invalid_name);
  CHECK(book.refuse(asset_definition{"a/b", asset_class::other, 2, ""}).code() == ec::invalid_name);
  for (auto name : {std::string(256, 'x'), std::string{"a\n"}, std::string{"\xff"}})
    CHECK(book.refuse(asset_definition{"X", asset_class::other, 2, name}).code() ==
          ec::invalid_name);
  book.accept(asset_definition{"X", asset_class::other, 30, std::string(255, 'x')});
}

TEST_CASE("an account is opened once, and again without effect") {
  small_book book;
  auto first = book.accept(account("new"));
  CHECK(first.seq == event_seq{7});
  auto stored = std::get<account_opened>(*first.to_append).definition;
  CHECK(stored.normal_side == side::debit);
  CHECK(stored.path == "new");
  auto again = book.accept(account("new"));
  CHECK(again.seq == first.seq);
  CHECK(again.deduplicated);
  CHECK(again.to_append == nullptr);
}

TEST_CASE("the default side said is the same definition as left out") {
  small_book book;
  book.accept(on_side(account_kind::liability, side::credit));
  CHECK(book.accept(account("new", "EUR", account_kind::liability)).deduplicated);
  CHECK(book.accept(on_side(account_kind::liability, side::credit)).deduplicated);
}

TEST_CASE("an account does not change") {
  small_book book;
  auto bounded = account("new", "EUR", account_kind::clearing);
  bounded.min_balance = amount{};
  bounded.max_balance = amount{5};
  book.accept(bounded);
  auto difference = [&](const account_definition& x) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::already_exists);
    CHECK(refusal.get("what") == "account");
    CHECK(refusal.get("account") == "new");
    auto& text = refusal.message();
    auto begin = text.find("another ") + 8;
    return text.substr(begin, text.find(';') - begin);
  };
  auto x = bounded;
  x.asset = "BTC";
  CHECK(difference(x) == "asset");
  x = bounded;
  x.kind = account_kind::asset;
  CHECK(difference(x) == "kind");
  x = bounded;
  x.normal_side = side::credit;
  CHECK(difference(x) == "normal side");
  x = bounded;
  x.min_balance.reset();
  CHECK(difference(x) == "minimum balance");
  x = bounded;
  x.max_balance = amount{6};
  CHECK(difference(x) == "maximum balance");
}

TEST_CASE("an account keeps the rules") {
  small_book book;
  CHECK(book.refuse(account("a::b")).code() == ec::invalid_name);
  auto unknown = book.refuse(account("new", "XYZ"));
  CHECK(unknown.code() == ec::unknown_asset);
  CHECK(unknown.get("asset") == "XYZ");
  auto field = [&](const account_definition& x) {
    auto refusal = book.refuse(x);
    CHECK(refusal.code() == ec::invalid_argument);
    return std::string{refusal.get("field")};
  };
  auto x = account("new");
  x.min_balance = amount{1};
  x.max_balance = amount{0};
  CHECK(field(x) == "min_balance");
  CHECK(field(account("new", "EUR", account_kind{})) == "kind");
  CHECK(field(account("new", "EUR", account_kind{7})) == "kind");
  CHECK(field(on_side(account_kind::clearing, side{})) == "normal_side");
  x.max_balance = amount{1};
  book.accept(x);
}

TEST_CASE("only clearing accounts choose their side") {
  small_book book;
  for (auto kind : {account_kind::asset, account_kind::expense})
    CHECK(book.refuse(on_side(kind, side::credit)).get("field") == "normal_side");
  for (auto kind : {account_kind::liability, account_kind::equity, account_kind::income})
    CHECK(book.refuse(on_side(kind, side::debit)).get("field") == "normal_side");
  book.accept(on_side(account_kind::clearing, side::credit));
}

TEST_CASE("definitions that are not durable are for writers only", "[I7]") {
  small_book book;
  book.accept(asset_definition{"USD", asset_class::fiat, 2, ""});
  book.accept(account("dollars", "USD"));
  book.accept(transfer("k", {debit("dollars", 5), credit("dollars", 5)}));
  auto hidden = [&] {
    CHECK(refusal_of(book.machine.find_asset("USD")).code() == ec::unknown_asset);
    CHECK(refusal_of(book.machine.find_account("dollars")).code() == ec::unknown_account);
    CHECK(book.machine.assets() == 2);
    CHECK(book.machine.accounts() == 4);
    CHECK(book.machine.trial_balance().size() == 2);
  };
  hidden();
  book.seal();
  hidden();
  book.sync();
  CHECK(book.machine.find_asset("USD") == asset_no{2});
  CHECK(book.machine.find_account("dollars") == account_no{4});
  CHECK(book.machine.accounts() == 5);
  CHECK(book.machine.trial_balance().size() == 3);
}
