#include "actors/client_fence.hpp"
#include "actors/client_follow.hpp"
#include "actors/cursor_worker.hpp"
#include "actors/errors.hpp"
#include "tests/conformance/collector.hpp"
#include "tests/conformance/conformance.hpp"

#include <caf/scoped_actor.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

// Atomic batches and fences are seen whole or not at all, by whoever looks, whenever.
//
// Each unit moves the same amount from a source through three pockets to a sink, hop by hop. After
// a whole unit the pockets are empty and source and sink add up to nothing; after any part of one,
// something is in a pocket.

namespace daybook::test {

namespace {

constexpr std::size_t hops = 4;
constexpr std::size_t opening_events = 1 + hops + 1;

std::string stop_of(std::size_t i) {
  return i == 0      ? "clearing:source"
         : i == hops ? "clearing:sink"
                     : "clearing:pocket" + std::to_string(i);
}

std::vector<std::string> all_stops() {
  std::vector<std::string> all;
  for (std::size_t i = 0; i <= hops; ++i)
    all.push_back(stop_of(i));
  return all;
}

book_client prepared_for_units(subject& here) {
  auto book = here.book();
  must(book.register_asset(asset()));
  for (std::size_t i = 0; i <= hops; ++i)
    must(book.open_account(account(stop_of(i), ledger::account_kind::clearing)));
  return book;
}

std::vector<ledger::write> unit(int number) {
  std::vector<ledger::write> items;
  for (std::size_t i = 0; i < hops; ++i)
    items.push_back(asked(transfer("unit" + std::to_string(number) + "-" + std::to_string(i),
                                   stop_of(i + 1), stop_of(i), 1 + number % 9)));
  return items;
}

/// Counts what was seen of units in one way. Threads may not check.
struct sightings {
  std::string how;
  std::atomic<std::uint64_t> looked{0};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<std::uint64_t> failed{0};

  void see(bool whole) {
    ++looked;
    torn += !whole;
  }

  /// What a call found, judged by `is_whole`.
  template <class T, class Judge>
  void see(const result<T>& found, Judge is_whole) {
    found ? see(is_whole(*found)) : void(++failed);
  }

  void check() const {
    INFO(how);
    CHECK(looked > 0);
    CHECK(torn == 0);
    CHECK(failed == 0);
  }
};

/// All the ways to look at a book.
struct views {
  sightings accounts{"accounts"};
  sightings events{"a page of events"};
  sightings balances{"balances of the past"};
  sightings together{"several balances at once"};
  sightings past_accounts{"a page of accounts of the past"};
  sightings history{"history"};
  sightings trial{"the trial balance"};
  sightings past_trial{"the trial balance of the past"};

  void check() const {
    for (auto* x :
         {&accounts, &events, &balances, &together, &past_accounts, &history, &trial, &past_trial})
      x->check();
  }
};

/// The balances that a list of accounts shows.
bool adds_up(const std::vector<actors::account_view>& views) {
  ledger::int128 ends = 0;
  bool pockets_empty = true;
  for (auto& x : views) {
    if (x.definition.path.find("pocket") != std::string::npos)
      pockets_empty = pockets_empty && x.balance.is_zero();
    else
      ends += x.balance.value();
  }
  return pockets_empty && ends == 0;
}

/// Replays deliveries: a unit is over when everything is where it belongs.
class replayed_balances {
public:
  /// True when it ends between units.
  bool add(const std::vector<actors::recorded_event>& events) {
    for (auto& event : events)
      if (auto* x = std::get_if<ledger::transaction>(&event.content))
        for (auto& posting : x->postings)
          balances_[posting.account] += posting.direction == ledger::side::debit
                                            ? posting.value.value()
                                            : -posting.value.value();
    for (std::size_t i = 1; i < hops; ++i)
      if (balances_[stop_of(i)] != 0)
        return false;
    return balances_[stop_of(0)] + balances_[stop_of(hops)] == 0;
  }

private:
  std::map<std::string, ledger::int128> balances_;
};

/// Every unit moves what it moves `hops` times, and leaves it in one place.
bool adds_up(const std::vector<actors::trial_balance_view>& rows) {
  return rows.size() == 1 &&
         rows[0].debit_turnover.value() ==
             static_cast<ledger::int128>(hops) * rows[0].debit_balances.value() &&
         rows[0].debit_turnover == rows[0].credit_turnover &&
         rows[0].debit_balances == rows[0].credit_balances;
}

/// Looks at the book in every way there is until it is told to stop.
void look(const book_client& book, const std::atomic<bool>& enough, views& seen) {
  auto all_add_up = [](auto& found) { return adds_up(found); };
  auto is_zero = [](auto& account) { return account.balance.is_zero(); };
  while (!enough) {
    seen.accounts.see(book.accounts(), all_add_up);
    seen.trial.see(book.trial_balance(), all_add_up);
    auto now = book.frontier();
    if (!now || now->durable < event_seq{100}) {
      seen.accounts.failed += !now;
      continue;
    }
    auto durable = now->durable.value();
    event_seq of_a_unit{durable + 1 - hops * (1 + durable % 3)};
    seen.events.see(book.events({of_a_unit, 3}), [](auto& page) {
      return !page.items.empty() &&
             page.items.back().receipt.id.seq.value() % hops == opening_events % hops;
    });
    seen.balances.see(book.balance(stop_of(1), after(now->durable)), is_zero);
    seen.balances.see(book.balance(stop_of(hops - 1), after(now->durable)), is_zero);
    seen.past_trial.see(book.trial_balance(after(now->durable)), all_add_up);
    seen.together.see(book.balances(all_stops()), [](auto& page) { return adds_up(page.items); });
    seen.past_accounts.see(book.accounts({}, after(now->durable)), all_add_up);
    // A unit has two entries there, and the page an even number.
    seen.history.see(book.history({stop_of(1), event_seq{durable - 5 * hops}, 50}), [](auto& x) {
      return !x.entries.empty() && x.entries.back().balance_after.is_zero();
    });
  }
}

/// Writes units with `write`, several at a time, so that one sync of the disk makes some durable.
/// The first problem ends it.
template <class Write>
std::optional<error> write_units(const book_client& book, int units, int writers, Write write) {
  std::atomic<int> next{0};
  std::mutex mutex;
  std::optional<error> problem;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&] {
      for (int n = next++; n < units; n = next++)
        if (auto failed = write(book, n)) {
          next = units;
          std::lock_guard guard{mutex};
          problem = failed;
        }
    });
  for (auto& thread : threads)
    thread.join();
  return problem;
}

/// Writes `units` with `write` while readers and subscribers look on.
template <class Write>
void check_whole(subject& here, int units, int writers, Write write) {
  auto book = prepared_for_units(here);
  auto first = durable_of(book).next();
  views read;
  sightings delivered{"subscribers"};
  sightings lossy{"a lossy subscriber"};
  std::atomic<bool> enough{false};
  collector all;
  std::vector<follower> followers;
  for (std::uint32_t credit : {1U, 7U, 1'000U}) {
    auto balances = std::make_shared<replayed_balances>();
    actors::subscription wanted;
    wanted.from = first;
    wanted.credit = credit;
    followers.push_back(must(book.subscribe(
        wanted, [&delivered, balances](auto& x) { delivered.see(balances->add(x.events)); })));
    followers.push_back(must(book.subscribe(wanted, all)));
  }
  // Drops what it has no credit for, but never a part of a unit.
  actors::subscription some;
  some.mode = actors::delivery_mode::lossy;
  some.credit = 5;
  followers.push_back(must(book.subscribe(some, [&lossy](auto& x) {
    if (!x.events.empty())
      lossy.see(replayed_balances{}.add(x.events) && !x.events.front().joined);
  })));
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] { look(book, enough, read); });
  auto problem = write_units(book, units, writers, write);
  enough = true;
  for (auto& reader : readers)
    reader.join();
  INFO((problem ? to_string(*problem) : std::string{}));
  CHECK_FALSE(problem);
  event_seq last{first.value() - 1 + hops * static_cast<std::uint64_t>(units)};
  CHECK(durable_of(book) == last);
  for (auto& x : followers) {
    CHECK(comes_true([&] { return x.position() >= last; }));
    x.stop();
    CHECK(x.position() == last);
  }
  read.check();
  delivered.check();
  lossy.check();
  CHECK(adds_up(must(book.accounts())));
}

DAYBOOK_CASE("readers and subscribers see atomic batches whole while thousands are written",
             "[I7]") {
  check_whole(here, 2'000, 8, [](const book_client& book, int i) -> std::optional<error> {
    auto receipts = patiently([&] { return book.commit_atomic(unit(i)); });
    return receipts ? std::nullopt : std::optional{receipts.error()};
  });
}

/// Behind a fence, as soon as nobody else has one.
std::optional<error> write_behind_fence(const book_client& book, int i) {
  auto fence = book.begin_fence();
  while (!fence && fence.error().code() == ec::fence_active) {
    std::this_thread::yield();
    fence = book.begin_fence();
  }
  if (!fence)
    return fence.error();
  for (auto& item : unit(i))
    if (auto written = patiently([&] { return fence->write(item); }); !written)
      return written.error();
  auto receipts = fence->commit();
  return receipts ? std::nullopt : std::optional{receipts.error()};
}

DAYBOOK_CASE("readers and subscribers see fences whole while a thousand are committed", "[I7]") {
  check_whole(here, 1'000, 1, write_behind_fence);
}

DAYBOOK_CASE("fences and atomic batches of others between them are whole, all the same", "[I7]") {
  check_whole(here, 600, 3, [](const book_client& book, int i) -> std::optional<error> {
    if (i % 3 == 0)
      return write_behind_fence(book, i);
    auto receipts = book.commit_atomic(unit(i));
    while (!receipts && (receipts.error().code() == ec::fence_active ||
                         receipts.error().code() == ec::overloaded)) {
      std::this_thread::yield();
      receipts = book.commit_atomic(unit(i));
    }
    return receipts ? std::nullopt : std::optional{receipts.error()};
  });
}

DAYBOOK_CASE("a page of events ends with a whole unit, however small it is", "[I7]") {
  auto book = prepared_for_units(here);
  for (int i = 0; i < 50; ++i)
    must(book.commit_atomic(unit(i)));
  replayed_balances balances;
  for (std::optional<event_seq> from{opening_events + 1}; from;) {
    auto page = must(book.events({*from, 1}));
    REQUIRE_FALSE(page.items.empty());
    REQUIRE(balances.add(page.items));
    from = page.next;
  }
}

DAYBOOK_CASE("units that were refused or cancelled leave no trace among whole ones", "[I3][I6]") {
  auto book = prepared_for_units(here);
  for (int i = 0; i < 100; ++i) {
    auto items = unit(i);
    if (i % 3 == 1) {
      items.push_back(asked(transfer("bad", cash, "assets:none", 1)));
      refused(book.commit_atomic(items), ec::unknown_account);
    } else if (i % 3 == 2) {
      auto fence = must(book.begin_fence());
      must(fence.submit(items));
      must(fence.cancel());
    } else {
      must(book.commit_atomic(items));
    }
    REQUIRE(adds_up(must(book.accounts())));
  }
  here.restart();
  book = here.book();
  CHECK(all_events(book).size() == opening_events + 34 * hops);
  CHECK(adds_up(must(book.accounts())));
}

/// Events 1 to 6, then units of 7 to 10 and 11 to 14, then event 15.
book_client prepared_with_two_units(subject& here) {
  auto book = prepared_for_units(here);
  must(book.commit_atomic(unit(0)));
  must(book.commit_atomic(unit(1)));
  must(book.register_asset(asset("EUR")));
  REQUIRE(durable_of(book) == event_seq{15});
  return book;
}

void check_names_unit(const error& x, const char* field) {
  CHECK(x.get("field") == field);
  CHECK(x.get("before") == "11");
  CHECK(x.get("after") == "15");
}

DAYBOOK_CASE("nobody reads from the middle of a unit on", "[I7]") {
  auto book = prepared_with_two_units(here);
  for (std::uint64_t seq = 12; seq <= 14; ++seq)
    check_names_unit(refused(book.events({event_seq{seq}, 10}), ec::invalid_argument), "from");
  for (std::uint64_t seq : {1, 6, 7, 11, 15})
    CHECK(must(book.events({event_seq{seq}, 1})).items.front().receipt.id.seq == event_seq{seq});
  CHECK(must(book.events({event_seq{16}, 1})).items.empty());
  // One by one they are there for all.
  auto id = must(book.events({event_seq{1}, 1})).items.front().receipt.id;
  CHECK(must(book.transaction({id.book, event_seq{12}})).joined);
}

DAYBOOK_CASE("a subscription from the middle of a unit ends, and says where units begin", "[I7]") {
  auto book = prepared_with_two_units(here);
  auto check = [&](const book_client& x) {
    for (std::uint64_t seq = 12; seq <= 14; ++seq) {
      collector seen;
      actors::subscription wanted;
      wanted.from = event_seq{seq};
      auto follower = must(x.subscribe(wanted, seen));
      auto ended = follower.wait_for(patience);
      REQUIRE(ended);
      check_names_unit(refused(*ended, ec::invalid_argument), "from");
      CHECK(seen.deliveries().empty());
    }
    for (std::uint64_t seq : {7, 11, 15}) {
      collector seen;
      actors::subscription wanted;
      wanted.from = event_seq{seq};
      auto follower = must(x.subscribe(wanted, seen));
      CHECK(seqs_of(seen.wait_for(event_seq{15})) == run_of(seq, 15));
    }
  };
  check(book);
  here.restart(); // memory has no batches now
  check(here.book());
}

DAYBOOK_CASE("a cursor neither begins nor stands in the middle of a unit", "[I7]") {
  auto book = prepared_with_two_units(here);
  auto nothing = [](const actors::delivery&) { return next_step::go_on; };
  actors::cursor_request request;
  request.name = "worker";
  for (std::uint64_t seq = 12; seq <= 14; ++seq) {
    request.start = event_seq{seq};
    check_names_unit(refused(book.run_cursor(request, {}, nothing), ec::invalid_argument), "start");
  }
  CHECK(must(book.cursors()).empty());
  caf::scoped_actor self{book.handle().home_system()};
  request.start = event_seq{11};
  self->request(book.handle(), patience, actors::atom::open_cursor_v, request)
      .receive([](const actors::cursor_info& x) { CHECK(x.position == event_seq{10}); },
               [](const caf::error& x) { FAIL(caf::to_string(x)); });
  auto store = [&](std::uint64_t seq) {
    std::optional<error> refusal;
    self->request(book.handle(), patience, actors::atom::store_cursor_v, request.name,
                  event_seq{seq})
        .receive([] {}, [&](const caf::error& x) { refusal = actors::from_caf(x, ec::io); });
    return refusal;
  };
  for (std::uint64_t seq = 11; seq <= 13; ++seq) {
    auto refusal = store(seq);
    REQUIRE(refusal);
    CHECK(refusal->code() == ec::invalid_argument);
    CHECK(refusal->get("before") == "10");
    CHECK(refusal->get("after") == "14");
  }
  CHECK(must(book.cursors()).at(0).position == event_seq{10});
  CHECK_FALSE(store(14));
  CHECK(must(book.cursors()).at(0).position == event_seq{14});
}

} // namespace

} // namespace daybook::test
