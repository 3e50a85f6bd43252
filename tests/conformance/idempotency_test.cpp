#include "tests/conformance/conformance.hpp"

#include <filesystem>
#include <thread>

// One key, one transaction, for ever [I5].

namespace daybook::test {

namespace {

namespace fs = std::filesystem;

/// Every key once more: each is known, with its first receipt.
void check_all_known(const book_client& book, const std::string& prefix,
                     const std::vector<ledger::receipt>& first) {
  auto before = must(book.balance(cash));
  for (std::size_t i = 0; i < first.size(); ++i) {
    INFO("key " << i);
    REQUIRE(is_repeat_of(must(book.commit(sale(prefix + std::to_string(i)))), first[i]));
  }
  CHECK(must(book.balance(cash)).balance == before.balance);
}

std::vector<fs::path> index_tables(const subject& here) {
  std::vector<fs::path> tables;
  for (auto& entry : fs::directory_iterator{here.data() + "/index"})
    if (entry.path().extension() == ".sst")
      tables.push_back(entry.path());
  return tables;
}

DAYBOOK_CASE("a repeat gets the first receipt and moves nothing", "[I5]") {
  auto book = here.prepared();
  auto first = must(book.commit(sale("k", 5)));
  must(book.commit(sale("other", 9)));
  CHECK(is_repeat_of(must(book.commit(sale("k", 5))), first));
  CHECK(balance_of(book, cash) == 14);
  CHECK(durable_of(book) == event_seq{6});
}

DAYBOOK_CASE("a key with other content is a conflict, also when the key was spilled", "[I5]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 40);
  for (auto* key : {"k0", "k39"}) {
    auto error = refused(book.commit(sale(key, 2)), ec::idempotency_conflict);
    CHECK(error.get("key") == key);
    CHECK_FALSE(error.get("seq").empty());
  }
  auto other_ref = sale("k1");
  other_ref.refs.push_back({"order", "7"});
  refused(book.commit(other_ref), ec::idempotency_conflict);
  here.restart();
  refused(here.book().commit(sale("k1", 2)), ec::idempotency_conflict);
  CHECK(balance_of(here.book(), cash) == 40);
}

DAYBOOK_CASE("many who use one key at once are answered with one transaction", "[I5]") {
  auto book = here.prepared();
  std::vector<std::future<book_client::write_result>> answers;
  for (int i = 0; i < 64; ++i)
    answers.push_back(book.commit_async(sale("k")));
  std::optional<transaction_id> id;
  int first_times = 0;
  for (auto& answer : answers) {
    auto receipt = must(answer.get());
    first_times += !receipt.deduplicated;
    CHECK(receipt.id == id.value_or(receipt.id));
    id = receipt.id;
  }
  CHECK(first_times == 1);
  CHECK(balance_of(book, cash) == 1);
}

DAYBOOK_CASE("a refused write does not use up its key", "[I5][I6]") {
  auto book = here.prepared();
  refused(book.commit(transfer("k", "assets:later", sales, 1)), ec::unknown_account);
  must(book.open_account(account("assets:later")));
  CHECK_FALSE(must(book.commit(transfer("k", "assets:later", sales, 1))).deduplicated);
}

DAYBOOK_CASE("keys that left memory are found again", "[I5][I12]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 300);
  CHECK(must(book.status()).hot_keys < 300);
  check_all_known(book, "k", first);
}

DAYBOOK_CASE("every key is known after restarts, with its first receipt", "[I5]") {
  here.spill_keys_early();
  auto first = sell(here.prepared(), "k", 150);
  for (int i = 0; i < 2; ++i) {
    here.restart();
    check_all_known(here.book(), "k", first);
  }
}

DAYBOOK_CASE("every key is known after the process dies", "[I1][I5]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 150);
  must(book.snapshot());
  auto more = sell(book, "l", 150);
  here.crash();
  check_all_known(here.book(), "k", first);
  check_all_known(here.book(), "l", more);
}

DAYBOOK_CASE("a lost index is rebuilt from the whole log, also from before a snapshot",
             "[I5][I9]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 150);
  must(book.snapshot());
  auto more = sell(book, "l", 20);
  here.restart([&] { fs::remove_all(here.data() + "/index"); });
  check_all_known(here.book(), "k", first);
  check_all_known(here.book(), "l", more);
}

DAYBOOK_CASE("an index that lost a part of its files never forgets a key", "[I5][I9]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 150);
  must(book.snapshot());
  here.restart();
  auto more = sell(here.book(), "l", 150);
  here.restart([&] {
    auto tables = index_tables(here);
    REQUIRE_FALSE(tables.empty());
    fs::remove(tables.front());
  });
  check_all_known(here.book(), "k", first);
  check_all_known(here.book(), "l", more);
}

DAYBOOK_CASE("a damaged index is an error or rebuilt, never a second posting", "[I5][I9]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 150);
  here.restart([&] {
    auto tables = index_tables(here);
    REQUIRE_FALSE(tables.empty());
    for (auto& table : tables)
      for (std::uintmax_t at = 10; at < fs::file_size(table); at += 64)
        spoil(table, at);
  });
  book = here.book();
  std::size_t known = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    auto again = book.commit(sale("k" + std::to_string(i)));
    if (again)
      REQUIRE(is_repeat_of(*again, first[i]));
    else
      refused(again, ec::corrupt);
    known += again.has_value();
  }
  INFO(known << " of the keys were known");
  CHECK(balance_of(book, cash) == 150);
  // Whatever the damaged index said, without it everything is known.
  here.restart([&] { fs::remove_all(here.data() + "/index"); });
  check_all_known(here.book(), "k", first);
}

DAYBOOK_CASE("an index of older times is brought up to date", "[I5][I9]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 100);
  auto index = here.data() + "/index";
  auto kept = here.data() + "-older-index";
  here.restart([&] { fs::copy(index, kept, fs::copy_options::recursive); });
  auto more = sell(here.book(), "l", 100);
  here.restart([&] {
    fs::remove_all(index);
    fs::rename(kept, index);
  });
  check_all_known(here.book(), "k", first);
  check_all_known(here.book(), "l", more);
}

DAYBOOK_CASE("an index of a log that went back in time is not believed", "[I5][I9]") {
  here.spill_keys_early();
  auto book = here.prepared();
  auto first = sell(book, "k", 100);
  auto kept = here.data() + "-older-book";
  here.restart([&] { fs::copy(here.book_directory(), kept, fs::copy_options::recursive); });
  sell(here.book(), "lost", 100);
  here.restart([&] {
    fs::remove_all(here.book_directory());
    fs::rename(kept, here.book_directory());
  });
  check_all_known(here.book(), "k", first);
  for (auto& receipt : sell(here.book(), "lost", 100))
    REQUIRE_FALSE(receipt.deduplicated);
  CHECK(balance_of(here.book(), cash) == 200);
}

DAYBOOK_CASE("without an index all keys stay known", "[I5]") {
  here.options.index = false;
  auto first = sell(here.prepared(), "k", 150);
  here.restart();
  check_all_known(here.book(), "k", first);
}

} // namespace

} // namespace daybook::test
