#pragma once

#include "actors/client.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <utility>

// Real threads and a real disk, as a program that is not an actor has them.

namespace daybook::test {

using namespace std::chrono_literals;

/// Longer than anything takes: a test that waits so long has failed.
inline constexpr std::chrono::milliseconds patience = 20s;

class client_fixture {
public:
  client open(client_options how = {}) const {
    actors::node_options options;
    options.data = directory.path() + "/data";
    auto opened = client::open(std::move(options), how);
    INFO((opened ? "" : to_string(opened.error())));
    REQUIRE(opened);
    return *opened;
  }

  /// Three events: an asset and two accounts.
  static book_client prepared_book(const client& node) {
    auto book = node.book("bank");
    REQUIRE(book);
    REQUIRE(book->register_asset(asset()));
    REQUIRE(book->open_account(account("assets:cash")));
    REQUIRE(book->open_account(account("assets:bank")));
    return *book;
  }

  static ledger::receipt post(const book_client& book, std::string key, std::int64_t value = 5) {
    auto posted = book.commit(transfer(std::move(key), "assets:cash", "assets:bank", value));
    INFO((posted ? "" : to_string(posted.error())));
    REQUIRE(posted);
    return *posted;
  }

  static ledger::write written(ledger::command x) {
    ledger::write asked;
    asked.what = std::move(x);
    return asked;
  }

  static ledger::write transferred(std::string key, std::int64_t value,
                                   std::string debit = "assets:cash") {
    return written(transfer(std::move(key), std::move(debit), "assets:bank", value));
  }

  temporary_directory directory;
};

} // namespace daybook::test
