#pragma once

#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

// A book alone, among neighbours that do what the test tells them.

namespace daybook::test {

using namespace actors;

/// A disk, and how the test tells it to answer the next job.
using told_disk = disk_actor::extend<auto(atom::flush)->caf::result<void>>;

/// A reader, and how the test tells it to answer the questions that wait.
using told_reader = reader_actor::extend<auto(atom::flush)->caf::result<void>>;

/// A keeper, and how the test tells it that the snapshot which waits is written.
using told_keeper = keeper_actor::extend<auto(atom::flush)->caf::result<void>>;

/// An indexer, and how the test tells it that it has the keys which wait.
using told_indexer = indexer_actor::extend<auto(atom::flush)->caf::result<void>>;

/// A disk that answers when the test says so.
class manual_disk {
public:
  struct job {
    std::shared_ptr<const batch_buffer> batch;
    caf::typed_response_promise<appended> promise;
  };

  std::deque<job> waiting;
  int closed = 0;

  disk_actor spawn(caf::actor_system& system) {
    actor_ = system.spawn([this](told_disk::pointer self) -> told_disk::behavior_type {
      return {
          [](atom::open, const open_job&) -> caf::result<opened_book> {
            return caf::make_error(caf::sec::unexpected_message);
          },
          [this, self](atom::append, const append_job& x) -> caf::result<appended> {
            waiting.push_back({x.batch, self->make_response_promise<appended>()});
            return waiting.back().promise;
          },
          [this](atom::close, const close_job&) -> caf::result<void> {
            ++closed;
            return caf::unit;
          },
          [](atom::refresh, const refresh_job&) -> caf::result<void> {
            return caf::make_error(caf::sec::unexpected_message);
          },
          [](atom::probe, const probe_job&) {},
          [this](atom::flush) { answer_next(); },
      };
    });
    return actor_;
  }

  void succeed() {
    failure_.reset();
    caf::anon_send(actor_, atom::flush_v);
  }

  void fail_with(error x) {
    failure_ = std::move(x);
    caf::anon_send(actor_, atom::flush_v);
  }

  void stop() {
    caf::anon_send_exit(actor_, caf::exit_reason::kill);
    actor_ = nullptr;
  }

private:
  /// Runs inside the actor, where promises may be kept.
  void answer_next() {
    auto done = std::move(waiting.front());
    waiting.pop_front();
    if (failure_)
      done.promise.deliver(to_caf(*failure_));
    else
      done.promise.deliver(appended{chain_hash{std::byte{7}}, done.batch->payload.size(), 1});
  }

  told_disk actor_;
  std::optional<error> failure_;
};

struct fixture_options {
  std::uint64_t snapshot_events = 0;
  std::size_t hot_keys_max = 0;
};

/// A book on a manual disk, with two accounts that are durable.
class book_fixture : public actor_fixture {
public:
  explicit book_fixture(batch_limits bounds = {}, fixture_options options = {}) {
    auto env = std::make_shared<environment>();
    env->options.batch = bounds;
    env->options.snapshot_events = options.snapshot_events;
    env->time = &time_;
    env->random = &random_;
    ledger::machine_options rules;
    rules.hot_keys_max = options.hot_keys_max;
    auto recovered =
        std::make_shared<recovered_book>(recovered_book{.name = "bank",
                                                        .directory = "nowhere",
                                                        .machine = ledger::book_machine{rules},
                                                        .log = nullptr,
                                                        .report = {},
                                                        .snapshot = {},
                                                        .end = {},
                                                        .last_epoch = {}});
    recovered->machine.start(book_id{7}, writer_epoch{3});
    neighbours_ = {.disk = disk_.spawn(system_),
                   .reader = spawn_reader(),
                   .finder = {},
                   .indexer = spawn_indexer(),
                   .keeper = spawn_keeper(),
                   .cursor_keeper = {}};
    neighbours_.finder = neighbours_.reader;
    neighbours_.cursor_keeper = neighbours_.keeper;
    book_ = system_.spawn<book_impl::stateful_impl<book_state>>(std::move(env), neighbours_,
                                                                std::move(recovered));
    run();
    durable<ledger::receipt>(asset());
    durable<ledger::receipt>(account("assets:cash"));
    durable<ledger::receipt>(account("assets:bank"));
  }

  ~book_fixture() {
    caf::anon_send_exit(book_, caf::exit_reason::kill);
    book_ = nullptr;
    run();
    while (!disk_.waiting.empty()) {
      disk_.fail_with({ec::io, "the test is over"});
      run();
    }
    disk_.stop();
    caf::anon_send_exit(neighbours_.reader, caf::exit_reason::kill);
    caf::anon_send_exit(neighbours_.indexer, caf::exit_reason::kill);
    caf::anon_send_exit(neighbours_.keeper, caf::exit_reason::kill);
    neighbours_ = {};
    reader_ = nullptr;
    keeper_ = nullptr;
    indexer_ = nullptr;
    run();
  }

  template <class T, class X>
  auto commit(X x) {
    return ask<T>(book_, atom::commit_v, std::move(x));
  }

  auto post(std::string key, std::int64_t value = 5) {
    return commit<ledger::receipt>(transfer(std::move(key), "assets:cash", "assets:bank", value));
  }

  template <class T, class X>
  void durable(X x) {
    auto answer = commit<T>(std::move(x));
    run();
    disk_.succeed();
    run();
    REQUIRE(answer->arrived());
  }

  ledger::amount cash() {
    auto answer = ask<account_view>(book_, atom::balance_v, std::string{"assets:cash"});
    run();
    return answer->value().balance;
  }

  book_status status() {
    auto answer = ask<book_status>(book_, atom::status_v);
    run();
    return answer->value();
  }

  /// Lets the disk succeed until it has nothing left to do.
  void sync_all() {
    while (!disk_.waiting.empty()) {
      disk_.succeed();
      run();
    }
  }

  /// From now on questions for facts wait.
  void hold_facts() { holds_facts_ = true; }

  void release_facts() {
    holds_facts_ = false;
    caf::anon_send(reader_, atom::flush_v);
    run();
  }

  /// The same for first receipts.
  void hold_receipts() { holds_receipts_ = true; }

  void release_receipts() {
    holds_receipts_ = false;
    caf::anon_send(reader_, atom::flush_v);
    run();
  }

  void finish_snapshot() {
    caf::anon_send(keeper_, atom::flush_v);
    run();
  }

  /// The index has the keys that it was sent last.
  void finish_spill() {
    caf::anon_send(indexer_, atom::flush_v);
    run();
  }

  /// The reader finds a transfer of 5 from the bank to the cash.
  void know_transaction(event_seq seq, std::string key) {
    ledger::transaction_posted x;
    x.key = std::move(key);
    x.entries = {{account_no{0}, ledger::side::debit, ledger::amount{5}},
                 {account_no{1}, ledger::side::credit, ledger::amount{5}}};
    facts_.transactions[seq] = std::move(x);
  }

protected:
  facts_answer answer_to(const ledger::questions& asked) {
    auto known = std::make_shared<ledger::facts>();
    for (auto& key : asked.keys)
      known->keys[key] = facts_.keys.contains(key) ? facts_.keys[key] : std::nullopt;
    for (auto& seq : asked.transactions)
      known->transactions[seq] = facts_.transactions[seq];
    for (auto seq : asked.changes)
      known->changes[seq] = facts_.changes[seq];
    for (auto& x : asked.lifecycles)
      known->lifecycles[x] = facts_.lifecycles[x];
    return {std::move(known)};
  }

  static std::vector<ledger::receipt> receipts_of(const receipts_job& job) {
    std::vector<ledger::receipt> receipts(job.events.size());
    for (std::size_t i = 0; i < receipts.size(); ++i)
      receipts[i].id = {job.scan.id, job.events[i]};
    return receipts;
  }

  /// A reader that finds the receipts, and nothing else.
  reader_actor spawn_reader() {
    reader_ = system_.spawn([this](told_reader::pointer self) -> told_reader::behavior_type {
      struct held {
        std::shared_ptr<const ledger::questions> asked;
        caf::typed_response_promise<facts_answer> promise;
      };
      auto waiting = std::make_shared<std::vector<held>>();
      using receipts_promise = caf::typed_response_promise<std::vector<ledger::receipt>>;
      auto wanted = std::make_shared<std::vector<std::pair<receipts_job, receipts_promise>>>();
      auto nothing = [](auto&&...) { return caf::make_error(caf::sec::unexpected_message); };
      return {
          [=](atom::events, const events_job&) -> caf::result<events_page> { return nothing(); },
          [=](atom::history, const history_job&) -> caf::result<history_page> { return nothing(); },
          [=, this](atom::facts, const facts_job& job) -> caf::result<facts_answer> {
            asked_.push_back(*job.asked);
            if (facts_fail_)
              return to_caf({ec::io, "the index cannot be read"});
            if (!holds_facts_)
              return answer_to(*job.asked);
            waiting->push_back({job.asked, self->make_response_promise<facts_answer>()});
            return waiting->back().promise;
          },
          [=, this](atom::receipts,
                    const receipts_job& job) -> caf::result<std::vector<ledger::receipt>> {
            if (!holds_receipts_)
              return receipts_of(job);
            wanted->emplace_back(job, self->make_response_promise<std::vector<ledger::receipt>>());
            return wanted->back().second;
          },
          [=, this](atom::balance, const balance_job& job) -> caf::result<account_view> {
            indexed_for_reader_ = job.scan.indexed;
            return nothing();
          },
          [=](atom::accounts, const accounts_job&) -> caf::result<accounts_page> {
            return nothing();
          },
          [=](atom::trial_balance, const trial_balance_job&)
              -> caf::result<std::vector<trial_balance_view>> { return nothing(); },
          [=](atom::ancestors, const ancestors_job&) -> caf::result<std::vector<recorded_event>> {
            return nothing();
          },
          [=, this](atom::flush) {
            for (auto& [asked, promise] : std::exchange(*waiting, {}))
              promise.deliver(answer_to(*asked));
            for (auto& [job, promise] : std::exchange(*wanted, {}))
              promise.deliver(receipts_of(job));
          },
      };
    });
    return reader_;
  }

  /// An indexer that takes keys, when it works.
  indexer_actor spawn_indexer() {
    indexer_ = system_.spawn([this](told_indexer::pointer self) -> told_indexer::behavior_type {
      auto waiting = std::make_shared<caf::typed_response_promise<void>>();
      return {
          [](atom::follow, const follow_job&) {},
          [=, this](atom::spill, const spill_job& job) -> caf::result<void> {
            if (index_is_broken_)
              return to_caf({ec::io, "the index is broken"});
            spilled_.push_back(job.keys);
            for (auto& [key, use] : job.keys->uses)
              facts_.keys[key] = use;
            if (!holds_spills_)
              return caf::unit;
            *waiting = self->make_response_promise<void>();
            return *waiting;
          },
          [](atom::load_checkpoint, const checkpoint_job&) -> caf::result<checkpoint> {
            return to_caf({ec::not_found, "there is none"});
          },
          [](atom::store_checkpoint, const checkpoint_job&) {},
          [=](atom::flush) { waiting->deliver(); },
      };
    });
    return indexer_;
  }

  keeper_actor spawn_keeper() {
    keeper_ = system_.spawn([this](told_keeper::pointer self) -> told_keeper::behavior_type {
      auto waiting = std::make_shared<caf::typed_response_promise<snapshot_info>>();
      return {
          [=, this](atom::snapshot, const snapshot_job& job) -> caf::result<snapshot_info> {
            snapshots_.push_back(job.scan.last);
            if (snapshots_fail_)
              return to_caf({ec::io, "the disk is full"});
            if (!holds_snapshots_)
              return snapshot_info{job.scan.last, 1, true};
            *waiting = self->make_response_promise<snapshot_info>();
            return *waiting;
          },
          [this](atom::open_cursor, const cursor_job& job) {
            return cursor_info{job.asked.name, job.asked.filter, stored_[job.asked.name], {}, {},
                               false};
          },
          [this](atom::store_cursor, const cursor_job& job) {
            stored_[job.asked.name] = job.position;
          },
          [this](atom::remove_cursor, const cursor_job& job) { stored_.erase(job.asked.name); },
          [](atom::cursors, const cursor_job&) { return std::vector<cursor_info>{}; },
          [=, this](atom::flush) { waiting->deliver(snapshot_info{snapshots_.back(), 1, true}); },
      };
    });
    return keeper_;
  }

  manual_clock time_;
  fixed_random random_;
  manual_disk disk_;
  told_reader reader_;
  told_keeper keeper_;
  told_indexer indexer_;
  bool holds_snapshots_ = false;
  bool snapshots_fail_ = false;
  bool holds_spills_ = false;
  bool holds_facts_ = false;
  bool holds_receipts_ = false;
  bool facts_fail_ = false;
  book_neighbours neighbours_;
  book_actor book_;
  /// What the reader knows, and what it was asked.
  ledger::facts facts_;
  std::vector<ledger::questions> asked_;
  std::vector<std::shared_ptr<const ledger::key_generation>> spilled_;
  bool index_is_broken_ = false;
  /// How far the index went for the last balance of the past.
  event_seq indexed_for_reader_;
  std::vector<event_seq> snapshots_;
  std::map<std::string, event_seq> stored_;
};

} // namespace daybook::test
