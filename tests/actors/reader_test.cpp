#include "actors/reader.hpp"
#include "actors/reads/posting_sum.hpp"
#include "tests/support/book_rig.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch_all.hpp>

#include <map>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

ledger::transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), "assets:cash", "income:sales", value);
}

std::vector<ledger::write> sales(const std::string& prefix, std::size_t count) {
  std::vector<ledger::write> items;
  for (std::size_t i = 0; i < count; ++i)
    items.emplace_back().what = sale(prefix + std::to_string(i));
  return items;
}

std::vector<std::uint64_t> seqs_of(const events_page& page) {
  std::vector<std::uint64_t> seqs;
  for (auto& item : page.items)
    seqs.push_back(item.receipt.id.seq.value());
  return seqs;
}

struct small_book {
  small_book() { book.set_up(); }

  events_page events(std::uint64_t from, std::uint32_t limit) {
    return must(read_events(disk.env(), {book.scan(), event_seq{from}, limit}));
  }

  account_no cash() { return must(book.machine().find_account("assets:cash")); }

  rig_disk disk{false};
  rig_book book{disk};
};

using seqs = std::vector<std::uint64_t>;

moment after(std::uint64_t seq) { return {event_seq{seq}, {}}; }
moment at_time(std::int64_t us) { return {{}, timestamp{us}}; }

} // namespace

// -- events -------------------------------------------------------------------------------------

TEST_CASE_METHOD(small_book, "a page of events never ends inside a unit") {
  must(book.write(sale("a")));
  must(book.write_all(sales("u", 3))); // 5, 6, 7
  must(book.write(sale("b")));
  book.commit();

  auto page = events(4, 2);
  CHECK(seqs_of(page) == seqs{4});
  CHECK(page.next == event_seq{5});
  page = events(5, 2);
  CHECK(seqs_of(page) == seqs{5, 6, 7});
  CHECK(page.next == event_seq{8});
  CHECK_FALSE(page.items[0].joined);
  CHECK(page.items[2].joined);
  page = events(4, 4);
  CHECK(seqs_of(page) == seqs{4, 5, 6, 7});
  page = events(8, 1);
  CHECK(seqs_of(page) == seqs{8});
  CHECK_FALSE(page.next);
}

TEST_CASE_METHOD(small_book, "a unit larger than any page is a page of its own", "[I6]") {
  must(book.write(sale("a")));
  book.machine().open_unit();
  for (std::size_t i = 0; i < page_items_max + 5; ++i)
    must(book.write(sale("u" + std::to_string(i))));
  book.machine().close_unit();
  book.commit();

  auto page = events(4, page_items_max);
  CHECK(page.items.size() == 1);
  page = events(5, 1);
  CHECK(page.items.size() == page_items_max + 5);
  CHECK_FALSE(page.next);
}

TEST_CASE_METHOD(small_book, "events carry what was written, and their receipts") {
  auto x = sale("a");
  x.correlation_id = "order 5";
  x.causation_id = "a letter";
  must(book.write_and_commit(x));
  auto page = events(4, 10);
  REQUIRE(page.items.size() == 1);
  auto& found = page.items.front();
  auto receipt = book.receipts.back();
  receipt.balances.clear();
  CHECK(found.receipt == receipt);
  CHECK(found.correlation_id == "order 5");
  CHECK(found.causation_id == "a letter");
  CHECK(std::get<ledger::transaction>(found.content) == x);
}

TEST_CASE_METHOD(small_book, "nothing after the end of a scan is read", "[I7]") {
  must(book.write_and_commit(sale("a")));
  auto before = book.scan();
  must(book.write_and_commit(sale("b")));
  CHECK(must(read_events(disk.env(), {before, event_seq{4}, 10})).items.size() == 1);
  CHECK(must(read_history(disk.env(), {before, cash(), {}, 10})).entries.size() == 1);
}

TEST_CASE("between two postings a balance may be no amount, after a transaction it is one") {
  using ledger::amount;
  using ledger::side;
  posting_sum sum{amount::max(), side::debit};
  CHECK(sum.balance() == amount::max());
  sum.add(side::debit, amount{5});
  CHECK_FALSE(sum.balance());
  CHECK(sum.nearest_balance() == amount::max());
  sum.add(side::credit, amount{7});
  CHECK(sum.balance() == checked_subtract(amount::max(), amount{2}));
  posting_sum below{-amount::max(), side::credit};
  below.add(side::debit, amount{1});
  CHECK_FALSE(below.balance());
  CHECK(below.nearest_balance() == -amount::max());
  CHECK(balance_out_of_range(account_no{3}, event_seq{9}).code() == ec::corrupt);
}

// -- causes -------------------------------------------------------------------------------------

TEST_CASE_METHOD(small_book, "causes are followed as long as they are events of the book") {
  auto id = [&](std::uint64_t seq) {
    return to_string(transaction_id{book.machine().id(), event_seq{seq}});
  };
  auto post = [&](std::string key, std::string cause) {
    auto x = sale(std::move(key));
    x.causation_id = std::move(cause);
    must(book.write_and_commit(x));
  };
  post("a", "a letter"); // 4
  post("b", id(4));      // 5
  post("c", id(5));      // 6
  post("later", id(9));  // 7
  post("itself", id(8)); // 8
  post("foreign", to_string(transaction_id{book_id{1}, event_seq{1}}));

  auto causes = [&](std::uint64_t of, std::uint32_t limit) {
    events_page found;
    found.items = must(read_ancestors(disk.env(), {book.scan(), event_seq{of}, limit}));
    return seqs_of(found);
  };
  CHECK(causes(6, 10) == seqs{5, 4});
  CHECK(causes(6, 1) == seqs{5});
  CHECK(causes(4, 10).empty());
  CHECK(causes(7, 10).empty());
  CHECK(causes(8, 10).empty());
  CHECK(causes(9, 10).empty());
  auto none = read_ancestors(disk.env(), {book.scan(), event_seq{10}, 1});
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ec::not_found);
}

// -- facts and receipts -------------------------------------------------------------------------

TEST_CASE_METHOD(small_book, "transactions are found by their seq, and nothing else is one") {
  must(book.write_and_commit(sale("a")));
  auto asked = std::make_shared<ledger::questions>();
  for (std::uint64_t seq : {4, 0, 2, 5, 1'000})
    asked->transactions.push_back(event_seq{seq});
  auto found = must(read_facts(disk.env(), {book.scan(), asked, {}}));
  REQUIRE(found.known->transactions.size() == 5);
  CHECK(found.known->transactions.at(event_seq{4})->key == "a");
  for (std::uint64_t seq : {0, 2, 5, 1'000})
    CHECK_FALSE(found.known->transactions.at(event_seq{seq}));
}

TEST_CASE_METHOD(small_book, "an event that is not there has no receipt") {
  auto found = read_receipts(disk.env(), {book.scan(), {event_seq{1}, event_seq{9}}});
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == ec::corrupt);
}

// -- moments ------------------------------------------------------------------------------------

TEST_CASE_METHOD(small_book, "a moment is after an event or at a time") {
  disk.time.set(timestamp{2'000'000});
  must(book.write_and_commit(sale("a", 5)));
  disk.time.set(timestamp{3'000'000});
  must(book.write(sale("b", 6)));
  must(book.write(sale("c", 7)));
  book.commit();
  auto at = [&](moment when) {
    return must(read_balance(disk.env(), {book.scan(), cash(), when}));
  };
  CHECK(at(after(3)).balance == ledger::amount{0});
  CHECK(at(after(4)).balance == ledger::amount{5});
  CHECK(at(after(5)).balance == ledger::amount{11});
  CHECK(at(after(5)).updated_seq == event_seq{5});
  CHECK(at({}).balance == ledger::amount{18});
  CHECK(at(at_time(1'999'999)).balance == ledger::amount{0});
  CHECK(at(at_time(2'000'000)).balance == ledger::amount{5});
  CHECK(at(at_time(2'999'999)).balance == ledger::amount{5});
  CHECK(at(at_time(9'000'000)).balance == ledger::amount{18});
}

TEST_CASE_METHOD(small_book, "moments that cannot be are refused") {
  auto refused = [&](moment when) {
    auto found = read_balance(disk.env(), {book.scan(), cash(), when});
    REQUIRE_FALSE(found);
    auto trial = read_trial_balance(disk.env(), {book.scan(), 1, when});
    REQUIRE_FALSE(trial);
    CHECK(found.error() == trial.error());
    return found.error();
  };
  CHECK(refused({event_seq{1}, timestamp{}}).code() == ec::invalid_argument);
  auto later = refused(after(4));
  CHECK(later.code() == ec::invalid_argument);
  CHECK(later.get("field") == "seq");
  CHECK(later.get("durable") == "3");
}

TEST_CASE_METHOD(small_book, "a moment within a unit is one that nobody has seen", "[I7]") {
  must(book.write(sale("a")));
  must(book.write_all(sales("u", 3))); // 5, 6, 7
  must(book.write_all(sales("v", 2))); // 8, 9
  must(book.write(sale("b")));
  book.commit();
  must(book.write_all(sales("w", 2))); // 11, 12
  book.commit();
  must(book.write_and_commit(sale("c")));
  auto check_refused = [&](std::uint64_t seq, const char* before, const char* after_it) {
    CAPTURE(seq);
    auto found = read_balance(disk.env(), {book.scan(), cash(), after(seq)});
    auto trial = read_trial_balance(disk.env(), {book.scan(), 1, after(seq)});
    REQUIRE_FALSE(found);
    REQUIRE_FALSE(trial);
    CHECK(found.error() == trial.error());
    CHECK(found.error().code() == ec::invalid_argument);
    CHECK(found.error().get("field") == "seq");
    CHECK(found.error().get("before") == before);
    CHECK(found.error().get("after") == after_it);
  };
  check_refused(5, "4", "7");
  check_refused(6, "4", "7");
  check_refused(8, "7", "9");
  check_refused(11, "10", "12");
  for (std::uint64_t seq : {3, 4, 7, 9, 10, 12, 13}) {
    CAPTURE(seq);
    auto found = must(read_balance(disk.env(), {book.scan(), cash(), after(seq)}));
    CHECK(found.balance == ledger::amount{5 * (static_cast<std::int64_t>(seq) - 3)});
  }
}

TEST_CASE_METHOD(small_book, "an account that was not open yet has no balance") {
  auto found = read_balance(disk.env(), {book.scan(), cash(), after(1)});
  REQUIRE_FALSE(found);
  CHECK(found.error().code() == ec::unknown_account);
  CHECK(found.error().get("account") == "assets:cash");
  CHECK(found.error().get("opened_at") == "2");
  auto before = read_balance(disk.env(), {book.scan(), cash(), at_time(-5)});
  REQUIRE_FALSE(before);
  CHECK(before.error().code() == ec::unknown_account);
}

TEST_CASE_METHOD(small_book, "an account is closed as long as it was") {
  must(book.write_and_commit(ledger::account_closing{"assets:cash", false}));
  must(book.write_and_commit(ledger::account_reopening{"assets:cash"}));
  auto closed = [&](std::uint64_t seq) {
    return must(read_balance(disk.env(), {book.scan(), cash(), after(seq)})).closed;
  };
  CHECK_FALSE(closed(3));
  CHECK(closed(4));
  CHECK_FALSE(closed(5));
}

TEST_CASE_METHOD(small_book, "a trial balance has the assets that were registered") {
  must(book.write_and_commit(sale("a", 5)));
  must(book.write_and_commit(asset("EUR")));
  auto rows = [&](std::uint64_t seq) {
    return must(read_trial_balance(disk.env(), {book.scan(), 2, after(seq)}));
  };
  CHECK(rows(0).empty());
  REQUIRE(rows(3).size() == 1);
  CHECK(rows(3)[0].debit_turnover == ledger::amount{0});
  REQUIRE(rows(4).size() == 1);
  CHECK(rows(4)[0].debit_turnover == ledger::amount{5});
  CHECK(rows(4)[0].credit_balances == ledger::amount{5});
  CHECK(rows(5).size() == 2);
}

// -- with an index and without ------------------------------------------------------------------

namespace {

bool operator==(const history_entry& x, const history_entry& y) {
  return x.id == y.id && x.committed_at == y.committed_at && x.occurred_at == y.occurred_at &&
         x.key == y.key && x.direction == y.direction && x.value == y.value &&
         x.balance_after == y.balance_after;
}

bool operator==(const account_view& x, const account_view& y) {
  return x.definition == y.definition && x.precision == y.precision && x.balance == y.balance &&
         x.updated_seq == y.updated_seq && x.number == y.number && x.closed == y.closed;
}

bool operator==(const trial_balance_view& x, const trial_balance_view& y) {
  return x.asset == y.asset && x.precision == y.precision && x.debit_turnover == y.debit_turnover &&
         x.credit_turnover == y.credit_turnover && x.debit_balances == y.debit_balances &&
         x.credit_balances == y.credit_balances;
}

/// Both refused, or the same answer.
template <class T>
bool agree(const result<T>& x, const result<T>& y) {
  if (!x || !y)
    return !x && !y && x.error() == y.error();
  if constexpr (requires { x->begin(); })
    return std::equal(x->begin(), x->end(), y->begin(), y->end(),
                      [](auto& a, auto& b) { return a == b; });
  else
    return *x == *y;
}

/// All pages of an account's history.
std::vector<history_entry> whole_history(const environment& env, const log_scan& scan,
                                         account_no account, std::uint32_t limit) {
  std::vector<history_entry> entries;
  event_seq after;
  for (;;) {
    auto page = must(read_history(env, {scan, account, after, limit}));
    entries.insert(entries.end(), page.entries.begin(), page.entries.end());
    if (!page.next)
      return entries;
    RC_ASSERT(*page.next > after);
    after = *page.next;
  }
}

} // namespace

TEST_CASE("a balance or trial balance of the past reads little of an indexed log", "[I12]") {
  rig_disk disk;
  faulty_storage watched{disk.storage};
  auto& env = disk.env();
  env.storage = &watched;
  env.options.hot_keys_max = 1'000'000;
  env.options.log.segment_bytes = 1024 * 1024;
  rig_book book{disk};
  book.set_up();
  for (int i = 0; i < 20'000; ++i) {
    must(book.write(sale("k" + std::to_string(i), 1 + i % 7)));
    if (i % 100 == 99)
      book.commit();
  }
  auto with_index = book.indexed_scan(book.index_history(500));
  auto plain = book.scan();
  std::uint64_t log_bytes = 0;
  for (auto& [path, content] : disk.storage.files())
    if (path.ends_with(".log"))
      log_bytes += content.size();
  REQUIRE(log_bytes > 1'000'000);
  // What an answer read, and the answer.
  auto bytes_of = [&](auto read) {
    auto before = watched.bytes_read();
    auto answer = must(read());
    return std::pair{watched.bytes_read() - before, answer};
  };
  auto cash = must(book.machine().find_account("assets:cash"));
  auto [little, balance] =
      bytes_of([&] { return read_balance(env, {with_index, cash, after(10'000)}); });
  auto [all, replayed] = bytes_of([&] { return read_balance(env, {plain, cash, after(10'000)}); });
  CHECK(balance.balance == replayed.balance);
  CHECK(balance.updated_seq == replayed.updated_seq);
  CHECK(balance.updated_seq == event_seq{10'000});
  CHECK(all > log_bytes / 4);
  CHECK(little < log_bytes / 10);
  auto [little_too, trial] =
      bytes_of([&] { return read_trial_balance(env, {with_index, 1, after(10'000)}); });
  auto [all_too, trial_replayed] =
      bytes_of([&] { return read_trial_balance(env, {plain, 1, after(10'000)}); });
  REQUIRE(trial.size() == 1);
  REQUIRE(trial_replayed.size() == 1);
  CHECK(trial[0].debit_turnover == trial_replayed[0].debit_turnover);
  CHECK(trial[0].credit_balances == trial_replayed[0].credit_balances);
  CHECK(trial[0].debit_turnover == balance.balance);
  CHECK(all_too > log_bytes / 4);
  CHECK(little_too < log_bytes / 10);
}

TEST_CASE("the index and the log answer alike, and as the book did", "[I9]") {
  rig_disk disk;
  auto books = 0;
  REQUIRE(rc::check([&](bool up_to_the_end) {
    auto life = *any_history();
    auto more = *any_history();
    auto chunk = *rc::gen::inRange<std::uint64_t>(1, 20);
    rig_book book{disk, "book" + std::to_string(++books)};
    history_player player{disk, book};
    player.begin();
    player.play(life);
    auto indexed = book.index_history(chunk);
    RC_ASSERT(indexed == book.machine().durable_seq());
    player.play(more);
    if (up_to_the_end)
      indexed = book.index_history(chunk);
    auto& env = disk.env();
    auto plain = book.scan();
    auto with_index = book.indexed_scan(indexed);

    std::vector<event_seq> all;
    for (event_seq seq{1}; seq <= plain.last; seq = seq.next())
      all.push_back(seq);
    std::vector<event_seq> backwards{all.rbegin(), all.rend()};
    auto expected = book.receipts;
    for (auto& receipt : expected)
      receipt.deduplicated = true;
    RC_ASSERT(must(read_receipts(env, {plain, all})) == expected);
    std::ranges::reverse(expected);
    RC_ASSERT(must(read_receipts(env, {with_index, backwards})) == expected);

    for (account_no n; n.value() < book.machine().accounts(); n = n.next()) {
      auto limit = *rc::gen::inRange<std::uint32_t>(1, 5);
      auto entries = whole_history(env, plain, n, 1'000);
      RC_ASSERT(agree<std::vector<history_entry>>(entries, whole_history(env, plain, n, limit)));
      RC_ASSERT(
          agree<std::vector<history_entry>>(entries, whole_history(env, with_index, n, limit)));
      auto now = must(read_balance(env, {with_index, n, {}}));
      auto state = book.machine().state_of(n);
      RC_ASSERT(now.balance == state.balance);
      RC_ASSERT(now.updated_seq == state.updated_seq);
      RC_ASSERT(now.closed == state.closed);
      if (!entries.empty())
        RC_ASSERT(entries.back().balance_after == state.balance);
    }
    for (int i = 0; i < 10; ++i) {
      moment at;
      if (*rc::gen::arbitrary<bool>())
        at.seq = event_seq{*rc::gen::inRange<std::uint64_t>(0, plain.last.value() + 2)};
      else
        at.time = timestamp{disk.time.now().us() - *rc::gen::inRange(-2, 10)};
      account_no n{*rc::gen::inRange<std::uint32_t>(
          0, static_cast<std::uint32_t>(book.machine().accounts()))};
      RC_ASSERT(agree(read_balance(env, {plain, n, at}), read_balance(env, {with_index, n, at})));
      RC_ASSERT(agree(read_trial_balance(env, {plain, 2, at}),
                      read_trial_balance(env, {with_index, 2, at})));
    }
    auto rows = must(read_trial_balance(env, {with_index, 2, {}}));
    auto trial = book.machine().trial_balance();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      RC_ASSERT(rows[i].debit_turnover == trial[i].debit_turnover);
      RC_ASSERT(rows[i].credit_turnover == trial[i].credit_turnover);
      RC_ASSERT(rows[i].debit_balances == trial[i].debit_balances);
      RC_ASSERT(rows[i].credit_balances == trial[i].credit_balances);
    }
  }));
}
