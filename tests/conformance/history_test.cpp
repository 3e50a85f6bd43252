#include "tests/conformance/conformance.hpp"

#include <set>

// Events and the history of accounts, page by page.

namespace daybook::test {

namespace {

using ledger::amount;

std::vector<actors::history_entry> all_history(const book_client& book, const std::string& path,
                                               std::uint32_t page) {
  std::vector<actors::history_entry> all;
  for (std::optional<event_seq> from{0}; from;) {
    auto found = must(book.history({path, *from, page}));
    CHECK(found.asset == "CZK");
    all.insert(all.end(), found.entries.begin(), found.entries.end());
    from = found.next;
  }
  return all;
}

DAYBOOK_CASE("events are read in pages from any of them, which is included", "[I3]") {
  auto book = here.prepared();
  sell(book, "k", 60);
  auto all = all_events(book);
  REQUIRE(all.size() == 64);
  CHECK(all_events(book, 7).size() == 64);
  auto page = must(book.events({event_seq{30}, 5}));
  REQUIRE(page.items.size() == 5);
  CHECK(page.items.front().receipt.id.seq == event_seq{30});
  CHECK(page.next == event_seq{35});
  auto last = must(book.events({event_seq{60}, 5}));
  CHECK(last.items.size() == 5);
  CHECK_FALSE(last.next);
  auto beyond = must(book.events({event_seq{65}, 5}));
  CHECK(beyond.items.empty());
  CHECK_FALSE(beyond.next);
  CHECK(must(book.events({event_seq{0}, 1})).items.front().receipt.id.seq == event_seq{1});
}

DAYBOOK_CASE("history ends at the durable end, and nobody is answered beyond it", "") {
  auto book = here.prepared();
  sell(book, "k", 10);
  auto at_end = must(book.history({cash, event_seq{14}, 5}));
  CHECK(at_end.entries.empty());
  CHECK_FALSE(at_end.next);
  auto error = refused(book.history({cash, event_seq{15}, 5}), ec::invalid_argument);
  CHECK(error.get("field") == "after");
  CHECK(error.get("durable") == "14");
}

DAYBOOK_CASE("a key that cannot be is refused, not looked for", "") {
  auto book = here.prepared();
  for (auto& key : {std::string{}, std::string(256, 'k'), std::string{"a\nb"}})
    refused(book.transaction_by_key(key), ec::invalid_name);
  refused(book.transaction_by_key(std::string(255, 'k')), ec::not_found);
}

DAYBOOK_CASE("an event comes back as it was written, with its receipt", "[I11]") {
  auto book = here.prepared();
  auto x = sale("k", 12'345);
  x.occurred_at = timestamp{-5};
  x.refs = {{"order", "17"}, {"bank", "žluťoučký"}};
  x.metadata = R"({"a":[1,2]})";
  x.correlation_id = "story";
  x.causation_id = "cause";
  auto receipt = must(book.commit(x));
  auto check = [&](const actors::recorded_event& stored) {
    CHECK(std::get<ledger::transaction>(stored.content) == x);
    CHECK(stored.receipt.id == receipt.id);
    CHECK(stored.receipt.committed_at == receipt.committed_at);
    CHECK(stored.receipt.chain == receipt.chain);
    CHECK(stored.receipt.epoch == receipt.epoch);
  };
  check(must(book.transaction(receipt.id)));
  check(must(book.transaction_by_key("k")));
  check(all_events(book).back());
  here.restart();
  check(must(here.book().transaction(receipt.id)));
  check(must(here.book().transaction_by_key("k")));
}

DAYBOOK_CASE("transactions are found by id and by key, or not found", "") {
  auto book = here.prepared();
  auto receipts = sell(book, "k", 60);
  for (std::size_t i = 0; i < receipts.size(); i += 7) {
    CHECK(must(book.transaction_by_key("k" + std::to_string(i))).receipt.id == receipts[i].id);
    auto found = must(book.transaction(receipts[i].id));
    CHECK(std::get<ledger::transaction>(found.content).key == "k" + std::to_string(i));
  }
  refused(book.transaction_by_key("never"), ec::not_found);
  refused(book.transaction({receipts[0].id.book, event_seq{1'000}}), ec::not_found);
  refused(book.transaction({book_id{7}, event_seq{5}}), ec::not_found);
}

DAYBOOK_CASE("an account's history has every posting with the balance it left", "[I6]") {
  auto book = here.prepared();
  must(book.commit(sale("a", 50)));
  must(book.commit(transfer("b", bank, cash, 20)));
  must(book.commit(sale("c", 5)));
  auto entries = all_history(book, cash, 100);
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].key == "a");
  CHECK(entries[0].balance_after == amount{50});
  CHECK(entries[1].direction == ledger::side::credit);
  CHECK(entries[1].value == amount{20});
  CHECK(entries[1].balance_after == amount{30});
  CHECK(entries[2].balance_after == amount{35});
  CHECK(all_history(book, sales, 1).back().balance_after == amount{55});
  CHECK(all_history(book, bank, 1).size() == 1);
  refused(book.history({"assets:none", {}, 10}), ec::unknown_account);
}

DAYBOOK_CASE("pages of history follow each other without a gap, whatever their size", "") {
  auto book = here.prepared();
  sell(book, "k", 90);
  for (std::uint32_t page : {1U, 7U, 89U, 90U, 91U}) {
    auto entries = all_history(book, cash, page);
    REQUIRE(entries.size() == 90);
    for (std::size_t i = 0; i < entries.size(); ++i)
      REQUIRE(entries[i].balance_after == amount{static_cast<std::int64_t>(i + 1)});
  }
  auto page = must(book.history({cash, event_seq{50}, 5}));
  CHECK(page.entries.front().id.seq == event_seq{51});
}

DAYBOOK_CASE("a transaction is never split over pages of history", "") {
  auto book = here.prepared();
  for (int i = 0; i < 10; ++i) {
    auto x = sale("k" + std::to_string(i), 3);
    x.postings.push_back({cash, amount{1}, "", ledger::side::credit});
    x.postings.push_back({bank, amount{1}, "", ledger::side::debit});
    x.postings.push_back({cash, amount{1}, "", ledger::side::credit});
    x.postings.push_back({bank, amount{1}, "", ledger::side::debit});
    must(book.commit(x));
  }
  std::set<event_seq> seen;
  for (std::optional<event_seq> from{0}; from;) {
    auto page = must(book.history({cash, *from, 3}));
    CHECK(page.entries.size() % 3 == 0);
    for (std::size_t i = 0; i < page.entries.size(); i += 3) {
      auto id = page.entries[i].id;
      CHECK(seen.insert(id.seq).second);
      CHECK(page.entries[i + 2].id == id);
    }
    from = page.next;
  }
  CHECK(seen.size() == 10);
}

DAYBOOK_CASE("history is never behind the last answered write", "[I7]") {
  auto book = here.prepared();
  for (int i = 1; i <= 40; ++i) {
    auto receipt = must(book.commit(sale("k" + std::to_string(i))));
    auto entries = must(book.history({cash, event_seq{receipt.id.seq.value() - 1}, 10})).entries;
    REQUIRE(entries.size() == 1);
    REQUIRE(entries[0].balance_after == amount{i});
  }
}

DAYBOOK_CASE("history is the same after a restart, and without an index", "[I9]") {
  auto book = here.prepared();
  sell(book, "k", 80);
  auto keys = [](const std::vector<actors::history_entry>& entries) {
    std::vector<std::string> found;
    for (auto& x : entries)
      found.push_back(x.key + "=" + ledger::to_decimal(x.balance_after, 2));
    return found;
  };
  auto before = keys(all_history(book, cash, 30));
  here.restart();
  CHECK(keys(all_history(here.book(), cash, 30)) == before);
  here.options.index = false;
  here.restart();
  CHECK(keys(all_history(here.book(), cash, 30)) == before);
}

DAYBOOK_CASE("a page from the middle of a large log reads a little of it", "[I12]") {
  auto& disk = here.faulty_disk();
  here.options.log.segment_bytes = 64 * 1024 * 1024;
  here.options.snapshot_events = 0; // or one might be written, and read the log, at the same time
  auto book = here.prepared();
  sell(book, "k", 20'000);
  auto before = disk.bytes_read();
  auto page = must(book.events({event_seq{15'000}, 10}));
  REQUIRE(page.items.size() == 10);
  CHECK(disk.bytes_read() - before < must(book.status()).bytes / 4);
}

} // namespace

} // namespace daybook::test
