#include "actors/indexer.hpp"
#include "actors/keeper.hpp"
#include "actors/supervisor.hpp"
#include "tests/actors/node_fixture.hpp"
#include "tests/support/book_rig.hpp"

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

class started_node : public node_fixture {
public:
  started_node() { start(); }
};

/// A supervisor whose indexer follows nobody.
class unindexed_node : public actor_fixture {
public:
  unindexed_node() {
    auto env = std::make_shared<environment>(rig_.env());
    worker_pool workers;
    workers.disks.push_back(system_.spawn<disk_actor::stateful_impl<disk_state>>(env));
    workers.openers.push_back(system_.spawn<disk_actor::stateful_impl<disk_state>>(env));
    workers.readers.push_back(system_.spawn<reader_actor::stateful_impl<reader_state>>(env));
    workers.finders.push_back(system_.spawn<reader_actor::stateful_impl<reader_state>>(env));
    workers.indexers.push_back(system_.spawn(refusing_indexer));
    workers.keepers.push_back(system_.spawn<keeper_actor::stateful_impl<keeper_state>>(env));
    workers.cursor_keepers.push_back(system_.spawn<keeper_actor::stateful_impl<keeper_state>>(env));
    node = system_.spawn<supervisor_impl::stateful_impl<supervisor_state>>(
        env, std::move(workers), std::vector<std::string>{});
    run();
  }

  ~unindexed_node() {
    caf::anon_send(node, atom::stop_v);
    node = nullptr;
    run();
  }

  supervisor_actor node;

private:
  static indexer_actor::behavior_type refusing_indexer(indexer_actor::pointer self) {
    auto refusal = [] { return to_caf({ec::corrupt, "the log is broken", {}}); };
    return {
        [=](atom::follow, const follow_job& job) -> caf::result<void> {
          self->send(job.book, atom::indexed_v, event_seq{});
          return refusal();
        },
        [=](atom::spill, const spill_job&) -> caf::result<void> { return refusal(); },
        [=](atom::load_checkpoint, const checkpoint_job&) -> caf::result<checkpoint> {
          return refusal();
        },
        [=](atom::store_checkpoint, const checkpoint_job&) -> caf::result<void> {
          return refusal();
        },
    };
  }

  rig_disk rig_;
};

/// A supervisor whose disk opens no book, and lets go of one when the test says so.
class node_with_opener : public actor_fixture {
public:
  node_with_opener() {
    auto env = std::make_shared<environment>(rig_.env());
    worker_pool workers;
    workers.disks.push_back(spawn_disk(env));
    workers.openers.push_back(system_.spawn<disk_actor::stateful_impl<disk_state>>(env));
    workers.readers.push_back(system_.spawn<reader_actor::stateful_impl<reader_state>>(env));
    workers.finders.push_back(system_.spawn<reader_actor::stateful_impl<reader_state>>(env));
    workers.indexers.push_back(system_.spawn<indexer_actor::stateful_impl<indexer_state>>(env));
    workers.keepers.push_back(system_.spawn<keeper_actor::stateful_impl<keeper_state>>(env));
    workers.cursor_keepers.push_back(system_.spawn<keeper_actor::stateful_impl<keeper_state>>(env));
    node_ = system_.spawn<supervisor_impl::stateful_impl<supervisor_state>>(
        env, std::move(workers), std::vector<std::string>{});
    run();
  }

  ~node_with_opener() {
    caf::anon_send(node_, atom::stop_v);
    node_ = nullptr;
    disk_ = nullptr;
    run();
  }

  auto open() {
    auto answer = ask<book_actor>(node_, atom::open_v, std::string{"bank"}, open_mode::create);
    run();
    return answer;
  }

  template <class X>
  auto commit(const book_actor& book, X x) {
    auto answer = ask<ledger::receipt>(book, atom::commit_v, std::move(x));
    run();
    return answer;
  }

protected:
  using told_disk = disk_actor::extend<auto(atom::flush)->caf::result<void>>;

  disk_actor spawn_disk(std::shared_ptr<const environment> env) {
    auto real = system_.spawn<disk_actor::stateful_impl<disk_state>>(std::move(env));
    disk_ = system_.spawn([this, real](told_disk::pointer self) -> told_disk::behavior_type {
      auto waiting = std::make_shared<caf::typed_response_promise<void>>();
      return {
          [](atom::open, const open_job&) -> caf::result<opened_book> {
            return to_caf({ec::io, "this disk is for writing"});
          },
          [=](atom::append, const append_job& job) -> caf::result<appended> {
            return self->delegate(real, atom::append_v, job);
          },
          [=, this](atom::close, const close_job& job) -> caf::result<void> {
            if (job.book || !holds_on_)
              return caf::unit;
            *waiting = self->make_response_promise<void>();
            return *waiting;
          },
          [](atom::refresh, const refresh_job&) -> caf::result<void> {
            return to_caf({ec::io, "this disk is for writing"});
          },
          [](atom::probe, const probe_job&) {},
          [=](atom::flush) { waiting->deliver(); },
      };
    });
    return disk_;
  }

  rig_disk rig_{false};
  bool holds_on_ = false;
  told_disk disk_;
  supervisor_actor node_;
};

} // namespace

TEST_CASE_METHOD(unindexed_node, "an indexer that refuses a book leaves it and its node running") {
  for (auto* name : {"first", "second"}) {
    auto book = ask<book_actor>(node, atom::open_v, std::string{name}, open_mode::create);
    run();
    auto written = ask<ledger::receipt>(book->value(), atom::commit_v, asset());
    run();
    CHECK(written->value().id.seq == event_seq{1});
    auto past = ask<std::vector<trial_balance_view>>(book->value(), atom::trial_balance_v,
                                                     moment{event_seq{1}, {}});
    run();
    CHECK(past->value().size() == 1);
  }
}

TEST_CASE_METHOD(node_with_opener, "a book is opened beside the disk that writes it") {
  auto book = open()->value();
  CHECK(commit(book, asset())->value().id.seq == event_seq{1});
}

TEST_CASE_METHOD(node_with_opener, "a book is opened again when its disk has let go of it",
                 "[I10]") {
  commit(open()->value(), asset());
  caf::anon_send(node_, atom::stop_v, std::string{"bank"});
  run();
  holds_on_ = true;
  auto again = open();
  CHECK_FALSE(again->arrived());
  caf::anon_send(disk_, atom::flush_v);
  run();
  CHECK(commit(again->value(), account("assets:cash"))->value().id.seq == event_seq{2});
}

TEST_CASE_METHOD(started_node, "a book is created by asking for it, and only then") {
  CHECK(open("bank", open_mode::existing)->refused().code() == ec::not_found);
  auto none = ask<std::vector<book_info>>(node_, atom::books_v);
  run();
  CHECK(none->value().empty());
  CHECK(open("bank")->arrived());
  auto one = ask<std::vector<book_info>>(node_, atom::books_v);
  run();
  REQUIRE(one->value().size() == 1);
  CHECK(one->value()[0].name == "bank");
  CHECK(one->value()[0].open);
}

TEST_CASE_METHOD(started_node, "a book has one writer, whoever asks", "[I10]") {
  auto first = ask<book_actor>(node_, atom::open_v, std::string{"bank"}, open_mode::create);
  auto second = ask<book_actor>(node_, atom::open_v, std::string{"bank"}, open_mode::create);
  run();
  CHECK(first->value() == second->value());
  CHECK(open("bank")->value() == first->value());
}

TEST_CASE_METHOD(started_node, "a name that is no book name is refused and makes nothing") {
  for (auto name : {"", "a/b", "..", ".hidden", "a\nb"})
    CHECK(open(name)->refused().code() == ec::invalid_name);
}

TEST_CASE_METHOD(started_node, "a restarted node remembers everything", "[I5][I10]") {
  auto posted = transfer("k1", "assets:cash", "assets:bank", 5);
  auto first = commit(prepared_book(), posted)->value();
  stop();
  start();
  auto book = open("bank", open_mode::existing)->value();
  auto replayed = commit(book, posted)->value();
  CHECK(replayed.deduplicated);
  CHECK(replayed.id == first.id);
  CHECK(replayed.epoch == first.epoch);
  CHECK(replayed.committed_at == first.committed_at);
  CHECK(replayed.chain == first.chain);
  auto next = commit(book, transfer("k2", "assets:cash", "assets:bank", 1))->value();
  CHECK(next.id.seq == first.id.seq.next());
  CHECK(next.epoch > first.epoch);
  posted.postings[0].value = posted.postings[1].value = ledger::amount{6};
  CHECK(commit(book, posted)->refused().code() == ec::idempotency_conflict);
}

TEST_CASE_METHOD(started_node, "a stopped book opens again when it is asked for") {
  auto book = prepared_book();
  caf::anon_send(node_, atom::stop_v, std::string{"bank"});
  run();
  CHECK(commit(book, transfer("k", "assets:cash", "assets:bank", 5))->refused().code() ==
        ec::restarting);
  auto again = open("bank")->value();
  CHECK(again != book);
  CHECK(commit(again, transfer("k", "assets:cash", "assets:bank", 5))->arrived());
}

TEST_CASE_METHOD(started_node, "events are read back as they were written", "[I7]") {
  auto book = prepared_book();
  auto posted = transfer("k1", "assets:cash", "assets:bank", 5);
  auto receipt = commit(book, posted)->value();
  auto page = ask<events_page>(book, atom::events_v, events_query{event_seq{2}, 2});
  run();
  REQUIRE(page->value().items.size() == 2);
  CHECK(std::get<ledger::account_definition>(page->value().items[0].content).path == "assets:cash");
  REQUIRE(page->value().next == event_seq{4});
  auto rest = ask<events_page>(book, atom::events_v, events_query{event_seq{4}, 10});
  run();
  REQUIRE(rest->value().items.size() == 1);
  CHECK(std::get<ledger::transaction>(rest->value().items[0].content) == posted);
  // The balances after it are the receipt's alone.
  auto without_balances = receipt;
  without_balances.balances.clear();
  CHECK(rest->value().items[0].receipt == without_balances);
  CHECK_FALSE(rest->value().next);
}

TEST_CASE_METHOD(started_node, "history pages never split a transaction") {
  auto book = prepared_book();
  for (int i = 1; i <= 3; ++i) {
    auto x = transfer("k" + std::to_string(i), "assets:cash", "assets:bank", i);
    x.postings.push_back(x.postings[0]);
    x.postings.push_back(x.postings[1]);
    commit(book, x);
  }
  auto first = ask<history_page>(book, atom::history_v, history_query{"assets:cash", {}, 2});
  run();
  REQUIRE(first->value().entries.size() == 4);
  CHECK(first->value().entries[0].balance_after == ledger::amount{1});
  CHECK(first->value().entries[3].balance_after == ledger::amount{6});
  REQUIRE(first->value().next);
  auto rest = ask<history_page>(book, atom::history_v,
                                history_query{"assets:cash", *first->value().next, 2});
  run();
  REQUIRE(rest->value().entries.size() == 2);
  CHECK(rest->value().entries[0].balance_after == ledger::amount{9});
  CHECK(rest->value().entries[1].balance_after == ledger::amount{12});
  CHECK(rest->value().entries[1].key == "k3");
  CHECK_FALSE(rest->value().next);
  auto unknown = ask<history_page>(book, atom::history_v, history_query{"assets:none", {}, 2});
  run();
  CHECK(unknown->refused().code() == ec::unknown_account);
}

// -- what goes wrong -----------------------------------------------------------------------------

TEST_CASE_METHOD(started_node, "a failed sync ends one book, and opening it brings all back",
                 "[I1][I2][I5]") {
  auto bank = prepared_book();
  auto other = open("other")->value();
  commit(other, asset());
  auto kept = commit(bank, transfer("kept", "assets:cash", "assets:bank", 5))->value();
  disk_.set({.what = operation::sync});
  auto lost = commit(bank, transfer("lost", "assets:cash", "assets:bank", 7));
  CHECK(lost->refused().code() == ec::outcome_unknown);
  CHECK(commit(other, account("assets:here"))->arrived());
  auto again = open("bank", open_mode::existing)->value();
  CHECK(again != bank);
  auto repeated = commit(again, transfer("kept", "assets:cash", "assets:bank", 5))->value();
  CHECK(repeated.deduplicated);
  CHECK(repeated.id == kept.id);
  auto retried = commit(again, transfer("lost", "assets:cash", "assets:bank", 7))->value();
  CHECK(retried.id.seq == kept.id.seq.next());
  auto balance = ask<account_view>(again, atom::balance_v, std::string{"assets:cash"});
  run();
  CHECK(balance->value().balance == ledger::amount{12});
}

TEST_CASE_METHOD(started_node, "a clock that steps back after a failed life stops nobody", "[I4]") {
  time_.set(timestamp{9'000'000});
  auto book = open("bank")->value();
  // The first sync makes the epoch durable, the second one the batch.
  disk_.set({.what = operation::sync, .nth = 2});
  CHECK(commit(book, asset())->refused().code() == ec::outcome_unknown);
  time_.set(timestamp{8'999'999});
  auto again = open("bank")->value();
  CHECK(commit(again, asset())->value().committed_at >= timestamp{9'000'000});
}

TEST_CASE_METHOD(started_node, "a book that is being stopped is handed out when it is back") {
  auto book = prepared_book();
  caf::anon_send(node_, atom::stop_v, std::string{"bank"});
  auto opened = ask<book_actor>(node_, atom::open_v, std::string{"bank"}, open_mode::existing);
  run();
  CHECK(commit(opened->value(), transfer("k", "assets:cash", "assets:bank", 5))->arrived());
}

TEST_CASE_METHOD(started_node, "a book that is stopped while it opens does not run on") {
  prepared_book();
  caf::anon_send(node_, atom::stop_v, std::string{"bank"});
  run();
  auto opened = ask<book_actor>(node_, atom::open_v, std::string{"bank"}, open_mode::existing);
  scheduler().run_once(); // the request is sent, and not answered yet
  caf::anon_send(node_, atom::stop_v, std::string{"bank"});
  run();
  CHECK(opened->arrived());
  auto books = ask<std::vector<book_info>>(node_, atom::books_v);
  run();
  CHECK_FALSE(books->value()[0].open);
}

TEST_CASE_METHOD(started_node, "a stopped node has let go of its directory", "[I10]") {
  prepared_book();
  stop();
  CHECK(log::data_directory::open(disk_, "/data", log::if_missing::refuse));
}

TEST_CASE_METHOD(started_node,
                 "a batch that fails while its book is stopped leaves the node running", "[I2]") {
  auto book = prepared_book();
  auto other = open("other")->value();
  disk_.set({.what = operation::sync});
  auto written = ask<ledger::receipt>(book, atom::commit_v, asset("EUR"));
  auto stopped = ask_done(node_, atom::stop_v, std::string{"bank"});
  run();
  CHECK(written->refused().code() == ec::outcome_unknown);
  CHECK(stopped->arrived());
  CHECK(commit(other, asset())->arrived());
  CHECK(open("bank")->arrived());
}

TEST_CASE_METHOD(started_node, "limits that no record could hold are refused") {
  node_options options;
  options.data = "/other";
  options.batch.bytes_max = batch_payload_bytes_max;
  auto refused = spawn_node(system_, std::move(options), {&disk_, &time_, &random_, false});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::invalid_argument);
}
