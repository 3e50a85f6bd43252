#include "actors/checkpoints.hpp"
#include "actors/indexer.hpp"
#include "actors/reads/indexed_history.hpp"
#include "tests/support/book_rig.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/support/unreadable_files.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

ledger::transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), "assets:cash", "income:sales", value);
}

/// The feed's side of a book. Promises are kept inside the actor, when the test says so.
struct fake_feed {
  using impl = feed_actor::extend<auto(atom::flush)->caf::result<void>>;

  std::optional<event_seq> waiting; ///< for this event
  caf::typed_response_promise<tail_answer> promise;
  tail_answer answer;
  std::vector<event_seq> indexed;

  static impl::behavior_type run(impl::pointer self, const std::shared_ptr<fake_feed>& feed) {
    return {
        [=](atom::tail, event_seq from) -> caf::result<tail_answer> {
          feed->waiting = from;
          feed->promise = self->make_response_promise<tail_answer>();
          return feed->promise;
        },
        [=](atom::indexed, event_seq seq) -> caf::result<void> {
          feed->indexed.push_back(seq);
          return caf::unit;
        },
        [=](atom::flush) -> caf::result<void> {
          feed->waiting.reset();
          feed->promise.deliver(feed->answer);
          return caf::unit;
        },
    };
  }
};

/// A file when half of what changes it is written.
byte_buffer half_changed(const byte_buffer& before, byte_buffer after) {
  if (before.size() != after.size())
    return after;
  auto first = std::ranges::mismatch(before, after).in1 - before.begin();
  auto end = std::ssize(before);
  while (end > first && before[end - 1] == after[end - 1])
    --end;
  auto middle = (first + end) / 2;
  std::copy(before.begin() + middle, before.begin() + end, after.begin() + middle);
  return after;
}

struct indexer_fixture : actor_fixture {
  indexer_fixture() {
    book.set_up();
    env = std::make_shared<environment>(disk.env());
    env->storage = &faulty;
    indexer = system_.spawn<indexer_actor::stateful_impl<indexer_state>>(env);
    feed = system_.spawn(fake_feed::run, fed);
  }

  ~indexer_fixture() {
    caf::anon_send_exit(feed, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(indexer, caf::exit_reason::user_shutdown);
    run();
  }

  void follow() {
    caf::anon_send(indexer, atom::follow_v, follow_job{feed, book.scan()});
    run();
  }

  void answer(tail_answer x) {
    REQUIRE(fed->waiting);
    fed->answer = std::move(x);
    caf::anon_send(feed, atom::flush_v);
    run();
  }

  /// Answers with what memory has from the batch that holds the seq on, but for the first
  /// `forgotten` batches.
  void answer(std::size_t forgotten = 0) {
    REQUIRE(fed->waiting);
    auto from = *fed->waiting;
    tail_answer x{{}, book.machine().durable_seq()};
    REQUIRE(from <= x.durable);
    auto& batches = book.batches();
    if (batches.at(forgotten)->info.first_seq <= from)
      for (auto& batch : batches)
        if (batch->last_seq() >= from)
          x.batches.push_back(batch);
    answer(std::move(x));
  }

  event_seq mark() { return must(disk.env().index->history_mark(book.machine().id())).seq; }

  ledger::amount cash_at(event_seq seq) {
    auto n = must(book.machine().find_account("assets:cash"));
    return must(indexed_history{*disk.env().index, book.machine().id()}.account(n, seq)).balance;
  }

  void pass(std::chrono::seconds time) {
    scheduler().advance_time(time);
    run();
  }

  /// As a new process has it: nothing is cached.
  void open_index_again() {
    env->index.reset();
    disk.open_index();
    env->index = disk.env().index;
  }

  rig_disk disk;
  faulty_storage faulty{disk.storage};
  rig_book book{disk};
  std::shared_ptr<environment> env;
  std::shared_ptr<fake_feed> fed = std::make_shared<fake_feed>();
  indexer_actor indexer;
  fake_feed::impl feed;
};

} // namespace

TEST_CASE_METHOD(indexer_fixture, "an indexer asks for more and writes what it is given") {
  follow();
  CHECK(fed->indexed.empty());
  REQUIRE(fed->waiting);
  CHECK(fed->waiting == event_seq{1});
  answer();
  CHECK(fed->indexed.back() == event_seq{3});
  CHECK(fed->waiting == event_seq{4});
  must(book.write_and_commit(sale("a", 5)));
  must(book.write_and_commit(sale("b", 6)));
  answer();
  CHECK(fed->indexed.back() == event_seq{5});
  CHECK(mark() == event_seq{5});
  CHECK(cash_at(event_seq{4}) == ledger::amount{5});
  CHECK(cash_at(event_seq{5}) == ledger::amount{11});
}

TEST_CASE_METHOD(indexer_fixture, "what memory has forgotten is read from the log") {
  for (int i = 0; i < 20; ++i)
    must(book.write_and_commit(sale("k" + std::to_string(i))));
  follow();
  answer(10);
  CHECK(fed->indexed.back() == event_seq{23});
  // An idle book costs no descriptor and no buffer.
  CHECK(faulty.open_files() == 0);
  must(book.write_and_commit(sale("next")));
  answer(10);
  CHECK(fed->indexed.back() == event_seq{24});
  CHECK(cash_at(event_seq{24}) == ledger::amount{5 * 21});
}

TEST_CASE_METHOD(indexer_fixture, "a chunk ends, and the next one follows, in the log") {
  // Larger than a chunk, each.
  for (int i = 0; i < 3; ++i) {
    for (int k = 0; k < 9'000; ++k)
      must(book.write(sale(std::to_string(i) + "-" + std::to_string(k), 1)));
    book.commit();
  }
  follow();
  answer(3);
  CHECK(fed->indexed == std::vector{event_seq{9'003}});
  answer(3);
  answer();
  CHECK(fed->indexed.back() == event_seq{27'003});
  CHECK(cash_at(event_seq{27'003}) == ledger::amount{27'000});
}

TEST_CASE_METHOD(indexer_fixture, "an indexer goes on where the index ends", "[I9]") {
  must(book.write_and_commit(sale("a", 5)));
  CHECK(book.index_history() == event_seq{4});
  must(book.write_and_commit(sale("b", 6)));
  follow();
  CHECK(fed->indexed == std::vector{event_seq{4}});
  CHECK(fed->waiting == event_seq{5});
  answer();
  CHECK(cash_at(event_seq{5}) == ledger::amount{11});
}

TEST_CASE_METHOD(indexer_fixture, "a history that is ahead of the log is made again", "[I9]") {
  index::mark ahead{event_seq{9}, writer_epoch{1}, {}};
  index::history_update update;
  update.posting(account_no{0}, event_seq{9}, as_bytes("not the history of this book"));
  must(disk.env().index->add_history(book.machine().id(), update, ahead));
  follow();
  CHECK(mark() == event_seq{});
  CHECK(fed->waiting == event_seq{1});
  answer();
  must(book.write_and_commit(sale("a", 5)));
  answer();
  CHECK(cash_at(event_seq{4}) == ledger::amount{5});
  CHECK(cash_at(event_seq{1'000}) == ledger::amount{5});
}

TEST_CASE_METHOD(indexer_fixture,
                 "a history that is ahead is not looked for in a record that is being written",
                 "[I9]") {
  index::mark ahead{event_seq{9}, writer_epoch{1}, {}};
  must(disk.env().index->add_history(book.machine().id(), {}, ahead));
  auto before = disk.storage.files();
  must(book.write_and_commit(sale("a", 5)));
  for (auto& [path, content] : disk.storage.files())
    disk.storage.replace(path, half_changed(before[path], content));
  auto scan = book.scan();
  scan.last = event_seq{3};
  auto answer = ask_done(indexer, atom::follow_v, follow_job{feed, scan});
  run();
  CHECK_NOTHROW(answer->value());
  CHECK(fed->waiting == event_seq{1});
}

TEST_CASE_METHOD(indexer_fixture, "a history of another log is made again", "[I9]") {
  must(book.write_and_commit(sale("a", 5)));
  index::mark foreign{event_seq{4}, writer_epoch{1}, {}}; // another chain
  must(disk.env().index->add_history(book.machine().id(), {}, foreign));
  follow();
  CHECK(fed->waiting == event_seq{1});
}

TEST_CASE_METHOD(indexer_fixture, "an index that cannot go on says so once, and stops", "[I9]") {
  follow();
  answer();
  // An event that is said to be durable and is not in the log.
  answer(tail_answer{{}, event_seq{4}});
  CHECK(fed->indexed.back() == event_seq{});
  CHECK_FALSE(fed->waiting);
}

TEST_CASE_METHOD(indexer_fixture, "a log that cannot be read for a while is indexed later",
                 "[I9]") {
  for (int i = 0; i < 20; ++i)
    must(book.write_and_commit(sale("k" + std::to_string(i))));
  follow();
  faulty.set({.what = operation::read});
  answer(10);
  CHECK(fed->indexed == std::vector{event_seq{}});
  CHECK_FALSE(fed->waiting);
  CHECK(faulty.open_files() == 0);
  pass(std::chrono::seconds{1});
  CHECK(fed->waiting == event_seq{1});
  answer(10);
  CHECK(fed->indexed.back() == event_seq{23});
  CHECK(cash_at(event_seq{23}) == ledger::amount{5 * 20});
}

TEST_CASE_METHOD(indexer_fixture, "an index that cannot be read for a while is not forgotten",
                 "[I9]") {
  must(book.write_and_commit(sale("a", 5)));
  CHECK(book.index_history() == event_seq{4});
  must(disk.env().index->flush());
  open_index_again();
  {
    unreadable_files trouble{disk.index_directory(), ".sst"};
    REQUIRE(trouble.count() > 0);
    follow();
    CHECK(fed->indexed == std::vector{event_seq{}});
    pass(std::chrono::seconds{1});
    CHECK(fed->indexed == std::vector{event_seq{}, event_seq{}});
  }
  // Twice as long as before.
  pass(std::chrono::seconds{1});
  CHECK_FALSE(fed->waiting);
  pass(std::chrono::seconds{1});
  CHECK(fed->indexed.back() == event_seq{4});
  CHECK(fed->waiting == event_seq{5});
  must(book.write_and_commit(sale("b", 6)));
  answer();
  CHECK(fed->indexed.back() == event_seq{5});
  CHECK(cash_at(event_seq{4}) == ledger::amount{5});
  CHECK(cash_at(event_seq{5}) == ledger::amount{11});
}

TEST_CASE_METHOD(indexer_fixture, "a book that is opened again meanwhile is begun once") {
  follow();
  faulty.set({.what = operation::read});
  answer(tail_answer{{}, event_seq{3}});
  CHECK_FALSE(fed->waiting);
  follow();
  CHECK(fed->waiting == event_seq{1});
  fed->waiting.reset();
  pass(std::chrono::seconds{1});
  CHECK_FALSE(fed->waiting);
}

TEST_CASE_METHOD(indexer_fixture,
                 "a book that ends is followed no more, and one that comes back is") {
  follow();
  caf::anon_send_exit(feed, caf::exit_reason::kill);
  run();
  fed->waiting.reset();
  feed = system_.spawn(fake_feed::run, fed);
  follow();
  answer();
  CHECK(fed->indexed.back() == event_seq{3});
}

TEST_CASE_METHOD(indexer_fixture, "keys are spilled with the mark of their generation", "[I5]") {
  auto keys = std::make_shared<ledger::key_generation>();
  keys->uses[hash128{1, 2}] = {event_seq{4}, hash128{3, 4}};
  keys->after = event_seq{};
  keys->last = event_seq{4};
  keys->epoch = writer_epoch{1};
  keys->chain = {std::byte{9}};
  caf::anon_send(indexer, atom::spill_v, spill_job{book.machine().id(), keys});
  run();
  auto& index = *disk.env().index;
  CHECK(must(index.keys_mark(book.machine().id())) ==
        index::mark{event_seq{4}, writer_epoch{1}, keys->chain});
  auto found = must(index.find_key(book.machine().id(), {1, 2}, index::effort::disk));
  CHECK(found.what == index::finding::present);
  CHECK(found.record == index::key_record{event_seq{4}, hash128{3, 4}});
}

TEST_CASE_METHOD(indexer_fixture, "a checkpoint is given back while it fits the log", "[I9]") {
  must(book.write_and_commit(sale("a")));
  checkpoint x;
  x.name = "turnover";
  x.version = 7;
  x.seq = event_seq{4};
  x.chain = book.receipts.back().chain;
  x.state = std::string{"\0state", 6};
  must(store_checkpoint(disk.env(), {book.scan(), x}));
  checkpoint asked;
  asked.name = "turnover";
  auto found = must(load_checkpoint(disk.env(), {book.scan(), asked}));
  CHECK(found.version == 7);
  CHECK(found.seq == event_seq{4});
  CHECK(found.chain == x.chain);
  CHECK(found.state == x.state);

  asked.name = "another";
  CHECK(load_checkpoint(disk.env(), {book.scan(), asked}).error().code() == ec::not_found);
  auto shorter = book.scan();
  shorter.last = event_seq{3};
  asked.name = "turnover";
  CHECK(load_checkpoint(disk.env(), {shorter, asked}).error().code() == ec::not_found);
}

TEST_CASE_METHOD(indexer_fixture, "a checkpoint of another log is neither stored nor given back") {
  checkpoint x;
  x.name = "turnover";
  x.seq = event_seq{3};
  auto refused = store_checkpoint(disk.env(), {book.scan(), x});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().get("field") == "chain");
  x.seq = event_seq{9};
  CHECK(store_checkpoint(disk.env(), {book.scan(), x}).error().get("field") == "seq");
  // One that a later log left: as it is stored, with the seq of this one and another chain.
  rig_book other{disk, "other"};
  other.set_up();
  x.seq = event_seq{3};
  x.chain = other.receipts.back().chain;
  must(store_checkpoint(disk.env(), {other.scan(), x}));
  auto stored = must(disk.env().index->checkpoint(other.machine().id(), "turnover"));
  must(disk.env().index->put_checkpoint(book.machine().id(), "turnover", *stored));
  checkpoint asked;
  asked.name = "turnover";
  CHECK(load_checkpoint(disk.env(), {book.scan(), asked}).error().code() == ec::not_found);
  must(disk.env().index->put_checkpoint(book.machine().id(), "turnover", as_bytes("\x01 short")));
  CHECK(load_checkpoint(disk.env(), {book.scan(), asked}).error().code() == ec::not_found);
}
