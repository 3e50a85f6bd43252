#include "tests/support/book_fixture.hpp"
#include "tests/support/book_rig.hpp"

using namespace daybook;
using namespace daybook::test;

// An atomic batch that comes again and closes or reopens accounts.

namespace {

using outcomes = std::vector<outcome>;

ledger::write item(ledger::command x) { return {std::move(x), {}, {}, {}, {}}; }
ledger::write closing(std::string path) {
  return item(ledger::account_closing{std::move(path), true});
}
ledger::write reopening(std::string path) {
  return item(ledger::account_reopening{std::move(path)});
}

// -- the book -----------------------------------------------------------------------------------

/// Keys leave memory at once. Events 1 to 3 are the asset and the accounts.
class repeating_book : public book_fixture {
public:
  repeating_book() : book_fixture({}, {.hot_keys_max = 2}) {}

  auto commit_all(const std::vector<ledger::write>& items) {
    auto answer = commit<outcomes>(write_batch{items, true});
    run();
    return answer;
  }

  template <class X>
  void commit_durably(X x) {
    auto answer = commit<ledger::receipt>(std::move(x));
    run();
    sync_all();
    REQUIRE(answer->arrived());
  }

  /// What the log says of events and accounts, in place of the log.
  void know_change(std::uint64_t seq, account_no account, bool closed) {
    facts_.changes[event_seq{seq}] = ledger::lifecycle_change{account, closed};
  }

  /// Two keys more, so that those before leave.
  void forget_keys() {
    for (auto* key : {"x", "y", "z"})
      commit_durably(transfer(key, "assets:cash", "assets:cash", 1));
  }

  /// What waits is answered, and what is asked then waits.
  void answer_turn() {
    caf::anon_send(reader_, atom::flush_v);
    run();
  }

  static std::vector<std::uint64_t> seqs_of(const outcomes& xs) {
    std::vector<std::uint64_t> seqs;
    for (auto& x : xs) {
      auto* receipt = std::get_if<ledger::receipt>(&x);
      seqs.push_back(receipt && receipt->deduplicated ? receipt->id.seq.value() : 0);
    }
    return seqs;
  }

  using seqs = std::vector<std::uint64_t>;

  static constexpr account_no cash_no{0};
  static constexpr account_no bank_no{1};
  const std::vector<ledger::write> batch{reopening("assets:bank"),
                                         item(transfer("a", "assets:cash", "assets:bank", 5)),
                                         closing("assets:cash")};
};

} // namespace

TEST_CASE_METHOD(repeating_book, "keys, then what was done, then what was before is asked",
                 "[I5]") {
  commit_durably(closing("assets:bank"));   // 4
  commit_durably(reopening("assets:bank")); // 5
  commit_all(batch);                        // 6, 7
  sync_all();
  commit_durably(reopening("assets:cash")); // 8
  forget_keys();                            // 9, 10, 11
  commit_durably(closing("assets:bank"));   // 12
  know_change(7, cash_no, true);
  know_change(5, bank_no, false);
  facts_.lifecycles[{bank_no, event_seq{6}}] = {false, event_seq{5}};
  asked_.clear();
  SECTION("and the answer is that of the first time") {
    auto again = commit_all(batch);
    sync_all();
    CHECK(seqs_of(again->value()) == seqs{5, 6, 7});
    REQUIRE(asked_.size() == 2);
    CHECK(asked_[0].keys.size() == 1);
    CHECK(asked_[0].changes.empty());
    CHECK(asked_[1].keys.empty());
    CHECK(asked_[1].changes == std::vector{event_seq{5}, event_seq{7}});
  }
  SECTION("each turn keeps its place before the writes that came behind it") {
    facts_.changes.erase(event_seq{5});
    hold_facts();
    auto again = commit_all(batch);
    auto behind = commit<ledger::receipt>(account("assets:new"));
    run();
    for (std::size_t turn = 1; turn <= 3; ++turn) {
      CHECK(asked_.size() == turn);
      CHECK_FALSE(behind->arrived());
      answer_turn();
      if (turn < 3)
        REQUIRE(asked_.size() == turn + 1);
    }
    CHECK(asked_[2].lifecycles == std::vector{ledger::account_before{bank_no, event_seq{6}}});
    sync_all();
    CHECK(seqs_of(again->value()) == seqs{5, 6, 7});
    CHECK(behind->value().id.seq == event_seq{13});
  }
  SECTION("or that what was needed could not be read, and no more") {
    hold_facts();
    auto again = commit_all(batch);
    facts_fail_ = true;
    release_facts();
    CHECK(again->refused().code() == ec::io);
    facts_fail_ = false;
    auto once_more = commit_all(batch);
    sync_all();
    CHECK(seqs_of(once_more->value()) == seqs{5, 6, 7});
  }
  SECTION("a book that stops meanwhile answers first") {
    hold_facts();
    auto again = commit_all(batch);
    auto stopped = ask_done(book_, atom::stop_v);
    run();
    release_facts();
    sync_all();
    CHECK(seqs_of(again->value()) == seqs{5, 6, 7});
    CHECK(stopped->arrived());
  }
}

TEST_CASE_METHOD(repeating_book, "what is not durable yet is not asked of the log", "[I1][I5]") {
  auto first = commit_all(batch); // 4, 5: on the disk
  REQUIRE(disk_.waiting.size() == 1);
  auto reopened = commit<ledger::receipt>(reopening("assets:cash")); // 6: staged
  auto again = commit_all(batch);
  CHECK_FALSE(again->arrived());
  CHECK(asked_.empty());
  SECTION("and answered when it is") {
    sync_all();
    CHECK(first->arrived());
    CHECK(seqs_of(again->value()) == seqs{3, 4, 5});
    CHECK(status().durable == event_seq{6});
  }
  SECTION("or fails with it") {
    disk_.fail_with({ec::io, "broken"});
    run();
    CHECK(first->refused().code() == ec::outcome_unknown);
    CHECK(again->refused().code() == ec::outcome_unknown);
  }
}

TEST_CASE_METHOD(repeating_book, "what becomes durable between the turns is asked then", "[I5]") {
  commit_durably(transfer("old", "assets:cash", "assets:bank", 1));  // 4
  forget_keys();                                                     // 5, 6, 7
  auto first = commit_all(batch);                                    // 8, 9: on the disk
  auto reopened = commit<ledger::receipt>(reopening("assets:cash")); // 10: staged
  run();
  asked_.clear();
  hold_facts();
  know_change(9, cash_no, true);
  // Behind a write that waits for facts, so that it is judged when all is durable.
  auto old = post("old", 2);
  auto again = commit_all(batch);
  REQUIRE(asked_.size() == 1);
  sync_all();
  CHECK(first->arrived());
  release_facts();
  sync_all();
  CHECK(old->refused().code() == ec::idempotency_conflict);
  CHECK(seqs_of(again->value()) == seqs{3, 8, 9});
}

// -- its log and index --------------------------------------------------------------------------

namespace {

/// A batch with everything, and what happened since to its accounts. Of each item the first event.
class past_of_a_batch {
public:
  past_of_a_batch() {
    book.set_up(); // 1 to 3
    for (auto* path : {"assets:bank", "assets:till", "assets:safe"})
      must(book.write(account(path)));
    must(book.write(ledger::account_closing{"assets:till", true}));
    must(book.write(ledger::account_reopening{"assets:till"}));
    book.commit();
    for (int i = 0; i < 5; ++i)
      sell("before" + std::to_string(i), "assets:till");
    must(book.write_and_commit(ledger::account_closing{"assets:bank", true}));
    sell("between", "assets:cash");
    for (auto& x : must(book.write_all(items)))
      first.push_back(x.seq);
    book.commit();
    for (auto* path : {"assets:bank", "assets:till", "assets:safe", "assets:cash"}) {
      must(book.write(ledger::account_closing{path, true}));
      book.commit();
      must(book.write(ledger::account_reopening{path}));
      book.commit();
    }
    for (int i = 0; i < 9; ++i)
      sell("after" + std::to_string(i), "assets:till");
  }

  void sell(std::string key, std::string from) {
    must(book.write_and_commit(transfer(std::move(key), std::move(from), "income:sales", 1)));
  }

  void is_answered_as_then() {
    auto again = must(book.write_all(items));
    for (std::size_t i = 0; i < items.size(); ++i) {
      CAPTURE(i, first[i].value(), again[i].seq.value());
      CHECK(again[i].seq == first[i]);
      CHECK(again[i].deduplicated);
    }
  }

  rig_disk disk;
  rig_book book{disk};
  std::vector<ledger::write> items{closing("assets:bank"),
                                   reopening("assets:till"),
                                   reopening("assets:safe"),
                                   closing("assets:cash"),
                                   item(transfer("k", "assets:till", "income:sales", 1)),
                                   item(account("assets:new")),
                                   reopening("assets:bank"),
                                   closing("assets:new"),
                                   closing("assets:bank"),
                                   item(transfer("l", "assets:till", "income:sales", 1)),
                                   closing("assets:till"),
                                   closing("assets:bank")};
  std::vector<event_seq> first;
};

} // namespace

TEST_CASE_METHOD(past_of_a_batch, "what a batch did to accounts is found, however far the index is",
                 "[I5][I9]") {
  CHECK(first[2] == event_seq{6}); // its opening
  auto last = book.machine().durable_seq();
  for (event_seq end; end <= last; end = end.next()) {
    if (end != event_seq{})
      book.index_history(1);
    book.indexed = end;
    CAPTURE(end.value());
    is_answered_as_then();
  }
}

TEST_CASE_METHOD(past_of_a_batch, "what a batch did to accounts is found after a restart",
                 "[I5][I9]") {
  book.open();
  is_answered_as_then();
  book.take_snapshot();
  book.open();
  is_answered_as_then();
  book.close();
  disk.delete_index();
  book.open();
  is_answered_as_then();
}

TEST_CASE_METHOD(past_of_a_batch, "every question about the past is answered, or it is an error") {
  auto find = [&](const ledger::questions& asked, event_seq last) {
    auto scan = book.scan();
    scan.last = last;
    return read_facts(disk.env(), {scan, std::make_shared<const ledger::questions>(asked), {}});
  };
  auto last = book.machine().durable_seq();
  auto bank = must(book.machine().find_account("assets:bank"));
  ledger::questions asked;
  for (auto seq : {event_seq{0}, event_seq{1}, first[3], first[4], last.next()})
    asked.changes.push_back(seq);
  for (auto seq : {event_seq{0}, event_seq{1}, first[0], first[3], last})
    asked.lifecycles.push_back({bank, seq});
  auto found = must(find(asked, last)).known;
  REQUIRE(found->changes.size() == 5);
  for (auto& [seq, change] : found->changes)
    CHECK(change.has_value() == (seq == first[3]));
  REQUIRE(found->lifecycles.size() == 5);
  CHECK(found->lifecycles.at({bank, first[0]}) == ledger::lifecycle{});
  CHECK(found->lifecycles.at({bank, first[3]}) == ledger::lifecycle{true, first[0]});
  CHECK_FALSE(found->lifecycles.at({bank, last}).closed);
  CHECK(found->lifecycles.at({bank, event_seq{1}}) == ledger::lifecycle{});
  // An event that is said to be durable, and is not there.
  asked.changes = {last.next()};
  auto none = find(asked, last.next());
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ec::corrupt);
}
