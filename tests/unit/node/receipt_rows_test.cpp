#include "node/rows.hpp"
#include "tests/unit/node/rows_fixture.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node {

namespace {

ledger::receipt receipt_of_two() {
  ledger::receipt x;
  x.id = {book_id{1}, event_seq{9}};
  x.epoch = writer_epoch{2};
  x.balances = {{account_no{5}, ledger::amount{250}}, {account_no{3}, ledger::amount{-7}}};
  return x;
}

const std::vector<posted_account> two{{"assets:cash", "EUR", 2}, {"points", "PTS", 0}};

std::string printed(bool json, const ledger::receipt& x, reality how) {
  return test::printed(json, [&](output& out) { print(out, x, two, how); });
}

} // namespace

TEST_CASE("a receipt is followed by the balances it left, in the order of the postings") {
  CHECK(printed(false, receipt_of_two(), reality::written) ==
        "accepted\t9\t00000000000000010000000000000009\t1970-01-01\n"
        "assets:cash\tEUR\t2.50\n"
        "points\tPTS\t-7\n");
  CHECK(printed(true, receipt_of_two(), reality::written)
            .ends_with(R"("balances":[{"account":"assets:cash","balance":"2.50"},)"
                       R"({"account":"points","balance":"-7"}]})"
                       "\n"));
}

TEST_CASE("a rehearsal says so, and has no time and no chain") {
  CHECK(printed(false, receipt_of_two(), reality::rehearsed) ==
        "dry run: accepted\t9\t00000000000000010000000000000009\t-\n"
        "assets:cash\tEUR\t2.50\n"
        "points\tPTS\t-7\n");
  auto json = printed(true, receipt_of_two(), reality::rehearsed);
  CHECK(json.starts_with(R"({"dry_run":true,"seq":9,)"));
  CHECK(json.find("chain") == json.npos);
  CHECK(json.find("committed_at") == json.npos);
}

TEST_CASE("a rehearsed repeat is the first receipt") {
  auto x = receipt_of_two();
  x.deduplicated = true;
  CHECK(printed(false, x, reality::rehearsed).starts_with("dry run: deduplicated\t9\t"));
  CHECK(printed(true, x, reality::rehearsed).find("committed_at") != std::string::npos);
}

TEST_CASE("an account that is posted to twice is listed once") {
  std::vector<posted_account> accounts;
  for (auto path : {"b", "a", "b"})
    add_posted(accounts, {path, "EUR", 2});
  REQUIRE(accounts.size() == 2);
  CHECK(accounts[0].path == "b");
  CHECK(accounts[1].path == "a");
}

} // namespace daybook::node
