#include "actors/recover_book.hpp"
#include "log/snapshot_catalog.hpp"
#include "log/snapshot_writer.hpp"
#include "protocol/snapshot_codec.hpp"
#include "tests/support/book_rig.hpp"
#include "tests/support/random_history.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

namespace {

ledger::transaction sale(std::string key, std::int64_t value = 5) {
  return transfer(std::move(key), "assets:cash", "income:sales", value);
}

std::vector<ledger::account_state> accounts_of(const ledger::book_machine& machine) {
  std::vector<ledger::account_state> states;
  for (account_no n; n.value() < machine.accounts(); n = n.next())
    states.push_back(machine.state_of(n));
  return states;
}

/// Everything that a reader can see.
struct seen_state {
  ledger::book_state_header header;
  std::vector<ledger::account_state> accounts;
  std::vector<ledger::trial_balance_row> trial;

  friend bool operator==(const seen_state&, const seen_state&) = default;
};

seen_state see(const ledger::book_machine& machine) {
  seen_state x{machine.state(), accounts_of(machine), machine.trial_balance()};
  // That of whoever has opened the book.
  x.header.epoch = {};
  return x;
}

/// The truth: all of the log, and nothing else.
seen_state replay_everything(rig_disk& disk, const std::string& directory,
                             const std::string& name) {
  ledger::book_machine machine{{}};
  auto reader = must(log::batch_reader::read_durable(disk.storage, directory, name));
  auto apply = replay_into(machine);
  while (auto batch = must(reader.next()))
    must(apply(*batch));
  machine.start(reader.book(), writer_epoch{1'000});
  return see(machine);
}

void damage(rig_disk& disk, const std::string& path, std::size_t where) {
  auto bytes = disk.storage.content(path);
  bytes[where % bytes.size()] ^= std::byte{0x20};
  disk.storage.replace(path, bytes);
}

void copy(rig_disk& disk, const std::string& from, const std::string& to) {
  auto file = must(disk.storage.open(to, log::open_mode::create_new));
  must(file->write_at(0, disk.storage.content(from)));
  must(file->sync());
}

struct recover_fixture {
  explicit recover_fixture(std::size_t hot_keys_max = 4) : disk{true, hot_keys_max} {
    book.set_up();
  }

  void sell(int from, int to) {
    for (int i = from; i < to; ++i)
      must(book.write_and_commit(sale("k" + std::to_string(i), i + 1)));
  }

  std::vector<log::snapshot_entry> snapshots() {
    return must(log::list_snapshots(disk.storage, book.book().directory));
  }

  snapshot_info take_snapshot() { return must(write_snapshot(disk.env(), book.scan())); }

  seen_state truth() { return replay_everything(disk, book.book().directory, "book"); }

  /// Every key is known, with its first seq and nothing posted.
  void require_known(int from, int to) {
    auto before = book.machine().durable_seq();
    for (int i = from; i < to; ++i) {
      CAPTURE(i);
      auto again = must(book.write(sale("k" + std::to_string(i), i + 1)));
      CHECK(again.deduplicated);
      CHECK(again.seq == event_seq{4U + static_cast<std::uint64_t>(i)});
      CHECK(book.write(sale("k" + std::to_string(i), 1'000)).error().code() ==
            ec::idempotency_conflict);
    }
    book.commit();
    CHECK(book.machine().durable_seq() == before);
  }

  rig_disk disk;
  rig_book book{disk};
};

/// All keys fit in memory.
struct roomy_fixture : recover_fixture {
  roomy_fixture() : recover_fixture(1'000) {}
};

} // namespace

// -- snapshots ----------------------------------------------------------------------------------

TEST_CASE_METHOD(recover_fixture, "a snapshot is made from the one before and the log") {
  sell(0, 5);
  auto first = take_snapshot();
  CHECK(first.written);
  CHECK(first.seq == event_seq{8});
  CHECK(first.bytes > 0);
  auto again = take_snapshot();
  CHECK_FALSE(again.written);
  CHECK(again.bytes == first.bytes);
  sell(5, 8);
  must(book.write_and_commit(account("assets:bank")));
  take_snapshot();
  sell(8, 9);
  take_snapshot();
  auto kept = snapshots();
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].last_seq == event_seq{13});
  CHECK(kept[1].last_seq == event_seq{12});
  auto loaded = must(load_snapshot(disk.env(), book.book().directory, "book", {}));
  REQUIRE(loaded);
  CHECK(loaded->point == log::log_point{event_seq{13}, book.receipts.back().chain});
  CHECK(see(loaded->machine) == truth());
}

TEST_CASE_METHOD(recover_fixture, "a snapshot is of the end of a batch") {
  must(book.write(sale("a")));
  must(book.write(sale("b")));
  book.commit();
  auto middle = book.scan();
  middle.last = event_seq{4};
  auto refused = write_snapshot(disk.env(), middle);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::invalid_argument);
  CHECK(snapshots().empty());
  rig_book empty{disk, "empty"};
  CHECK(write_snapshot(disk.env(), empty.scan()).error().code() == ec::invalid_argument);
}

TEST_CASE_METHOD(recover_fixture, "damaged snapshots are passed over and replaced", "[I9]") {
  sell(0, 3);
  take_snapshot();
  sell(3, 6);
  take_snapshot();
  auto all = snapshots();
  damage(disk, all[0].path, 200);
  auto loaded = must(load_snapshot(disk.env(), book.book().directory, "book", {}));
  REQUIRE(loaded);
  CHECK(loaded->point.seq == all[1].last_seq);
  CHECK(take_snapshot().written);
  CHECK(see(must(load_snapshot(disk.env(), book.book().directory, "book", {}))->machine) ==
        truth());
  for (auto& entry : snapshots())
    damage(disk, entry.path, 300);
  CHECK_FALSE(must(load_snapshot(disk.env(), book.book().directory, "book", {})));
  CHECK(take_snapshot().written);
  CHECK(snapshots().size() == 1);
}

TEST_CASE_METHOD(recover_fixture, "snapshots of another log are passed over and removed", "[I9]") {
  rig_book other{disk, "other"};
  other.set_up();
  for (int i = 0; i < 20; ++i) {
    must(other.write_and_commit(sale("other" + std::to_string(i))));
    if (i >= 18)
      must(write_snapshot(disk.env(), other.scan()));
  }
  for (auto& entry : must(log::list_snapshots(disk.storage, other.book().directory)))
    copy(disk, entry.path,
         book.book().directory + entry.path.substr(other.book().directory.size()));
  sell(0, 3);
  REQUIRE(snapshots().size() == 2);
  CHECK_FALSE(must(load_snapshot(disk.env(), book.book().directory, "book", {})));
  take_snapshot();
  REQUIRE(snapshots().size() == 1);
  CHECK(snapshots()[0].last_seq == event_seq{6});
}

// -- opening ------------------------------------------------------------------------------------

TEST_CASE_METHOD(recover_fixture, "opening reads what the snapshot and the index do not have",
                 "[I5][I9]") {
  sell(0, 50);
  take_snapshot();
  book.open();
  CHECK(book.book().snapshot == event_seq{53});
  CHECK(book.book().report.batches < 10);
  CHECK(see(book.machine()) == truth());
  require_known(0, 50);
  sell(50, 55);
  require_known(0, 55);
}

TEST_CASE_METHOD(recover_fixture, "without its index a book has its keys from the log",
                 "[I5][I9]") {
  sell(0, 20);
  take_snapshot();
  book.close();
  SECTION("deleted") { disk.delete_index(); }
  SECTION("none at all") { disk.drop_index(); }
  book.open();
  CHECK(see(book.machine()) == truth());
  require_known(0, 20);
  sell(20, 40);
  require_known(0, 40);
}

TEST_CASE_METHOD(recover_fixture, "an index from an earlier time is brought up to date",
                 "[I5][I9]") {
  sell(0, 10);
  disk.copy_index("old");
  sell(10, 30);
  take_snapshot();
  book.close();
  disk.open_index("old");
  book.open();
  CHECK(see(book.machine()) == truth());
  require_known(0, 30);
}

TEST_CASE_METHOD(roomy_fixture, "a small book opens from its snapshot, also after a crash",
                 "[I5][I9]") {
  sell(0, 20);
  book.take_snapshot();
  CHECK(book.machine().hot_keys() == 20);
  book.close();
  disk.crash_index();
  book.open();
  CHECK(book.book().snapshot == event_seq{23});
  CHECK(book.book().report.batches == 0);
  CHECK(see(book.machine()) == truth());
  require_known(0, 20);
}

TEST_CASE_METHOD(recover_fixture,
                 "keys that were indexed before a snapshot outlive a crash after it", "[I5][I9]") {
  sell(0, 20);
  book.take_snapshot();
  book.close();
  disk.crash_index();
  book.open();
  CHECK(book.book().report.batches == 0);
  require_known(0, 20);
}

TEST_CASE_METHOD(recover_fixture, "an index with damaged keys is made again by the next start",
                 "[I5][I9]") {
  sell(0, 10);
  book.close();
  disk.damage_index();
  book.open();
  CHECK(book.machine().hot_keys() == 10);
  require_known(0, 10);
  book.close();
  disk.open_index();
  book.open();
  CHECK(book.machine().hot_keys() < 10);
  require_known(0, 10);
  sell(10, 20);
  require_known(0, 20);
}

TEST_CASE_METHOD(recover_fixture, "the snapshot of a book is the one that it was opened from",
                 "[I9]") {
  sell(0, 10);
  take_snapshot();
  sell(10, 20);
  take_snapshot();
  damage(disk, snapshots()[0].path, 200);
  book.open();
  CHECK(book.book().snapshot == event_seq{13});
  damage(disk, snapshots()[1].path, 200);
  book.open();
  CHECK(book.book().snapshot == event_seq{});
}

TEST_CASE("an index that is ahead of the log is forgotten", "[I5][I9]") {
  rig_disk disk;
  rig_book book{disk};
  book.set_up();
  for (int i = 0; i < 5; ++i)
    must(book.write_and_commit(sale("k" + std::to_string(i))));
  book.close();
  auto before = disk.storage.files();
  book.open();
  for (int i = 5; i < 30; ++i)
    must(book.write_and_commit(sale("k" + std::to_string(i))));
  book.close();
  // The log as it was: what came after it was never there.
  for (auto& [path, content] : disk.storage.files())
    if (!before.contains(path))
      must(disk.storage.remove(path));
  for (auto& [path, content] : before)
    disk.storage.replace(path, content);
  book.open();
  CHECK(book.machine().durable_seq() == event_seq{8});
  for (int i = 0; i < 30; ++i) {
    auto staged = must(book.write_and_commit(sale("k" + std::to_string(i))));
    CHECK(staged.deduplicated == (i < 5));
  }
}

TEST_CASE_METHOD(recover_fixture, "keys under the mark of another log are forgotten", "[I5][I9]") {
  book.close();
  auto id = must(log::batch_reader::read_durable(disk.storage, "/data/books/book", "book")).book();
  index::key_use use{hash128{1, 2}, event_seq{2}, hash128{}};
  must(disk.env().index->add_keys(id, {&use, 1}, {}, {event_seq{3}, writer_epoch{1}, {}}));
  book.open();
  CHECK(must(disk.env().index->keys_mark(id)).seq == event_seq{});
  CHECK(must(disk.env().index->find_key(id, {1, 2}, index::effort::disk)).what ==
        index::finding::absent);
  sell(0, 20);
  require_known(0, 20);
}

TEST_CASE_METHOD(recover_fixture,
                 "a copy of a book under another name is refused, and costs it no key", "[I5]") {
  sell(0, 20);
  must(disk.storage.create_directory("/data/books/copy"));
  for (auto& [path, content] : disk.storage.files())
    if (path.starts_with("/data/books/book/"))
      copy(disk, path, "/data/books/copy/" + path.substr(path.rfind('/') + 1));
  auto env = disk.env();
  auto beside = recover_book(env, "copy", false);
  REQUIRE_FALSE(beside);
  CHECK(beside.error().code() == ec::corrupt);
  require_known(0, 20);
}

TEST_CASE_METHOD(recover_fixture, "a snapshot that contradicts the log gives way to it", "[I9]") {
  sell(0, 20);
  auto seen = see(book.machine());
  auto state = book.machine().state();
  state.chain = book.receipts.back().chain;
  state.epoch = book.receipts.back().epoch;
  state.committed_at = book.receipts.back().committed_at;
  auto accounts = accounts_of(book.machine());
  SECTION("an account that is opened later") {
    must(book.write_and_commit(account("assets:later")));
    seen = see(book.machine());
    accounts.push_back(book.machine().state_of(account_no{2}));
    accounts.back().opened_at = state.seq;
    ++state.accounts;
  }
  SECTION("an account that is missing") { accounts.pop_back(); }
  SECTION("balances that do not balance") { accounts[0].balance = ledger::amount{1}; }
  auto file = must(
      log::snapshot_writer::create(disk.storage, book.book().directory, state.seq, state.book, 1));
  byte_buffer bytes;
  protocol::encode(state, bytes);
  must(file.add(bytes));
  bytes.clear();
  protocol::encode(protocol::snapshot_chunk{account_no{0}, accounts}, bytes);
  must(file.add(bytes));
  must(file.finish());
  book.open();
  CHECK(see(book.machine()) == seen);
  require_known(0, 20);
  auto env = disk.env();
  env.index.reset();
  env.options.read_only = true;
  auto reading = recover_book(env, "book", false);
  CHECK(see(must(reading)->machine) == seen);
}

TEST_CASE("a random life is the same with a snapshot and an index as without", "[I5][I9]") {
  rig_disk disk;
  auto books = 0;
  REQUIRE(rc::check([&] {
    auto name = "book" + std::to_string(++books);
    rig_book book{disk, name};
    history_player player{disk, book};
    player.begin();
    auto lives = *rc::gen::inRange(1, 5);
    for (int life = 0; life < lives; ++life) {
      player.play(*any_history());
      auto& env = disk.env();
      auto directory = book.book().directory;
      if (*rc::gen::arbitrary<bool>())
        must(write_snapshot(env, book.scan()));
      auto seen = see(book.machine());
      auto snapshots = must(log::list_snapshots(disk.storage, directory));
      book.close();
      for (auto& entry : snapshots)
        switch (*rc::gen::inRange(0, 4)) {
        case 0:
          must(disk.storage.remove(entry.path));
          break;
        case 1:
          damage(disk, entry.path, *rc::gen::inRange<std::size_t>(0, 10'000));
          break;
        default:
          break;
        }
      switch (*rc::gen::inRange(0, 10)) {
      case 0:
        disk.delete_index();
        break;
      case 1:
        disk.open_index(); // as it is after a clean end
        break;
      default:
        break;
      }
      book.open();
      RC_ASSERT(see(book.machine()) == seen);
      RC_ASSERT(see(book.machine()) == replay_everything(disk, directory, name));
      for (auto& [x, seq] : player.accepted()) {
        auto again = must(book.write(x));
        RC_ASSERT(again.deduplicated);
        RC_ASSERT(again.seq == seq);
        auto other = x;
        other.metadata = "{}";
        RC_ASSERT(book.write(other).error().code() == ec::idempotency_conflict);
      }
      for (auto& [x, seq] : player.reversals()) {
        auto again = must(book.write(x));
        RC_ASSERT(again.deduplicated);
        RC_ASSERT(again.seq == seq);
        auto other = x;
        other.key += " again";
        RC_ASSERT(book.write(other).error().code() == ec::already_reversed);
      }
      book.commit();
      RC_ASSERT(see(book.machine()) == seen);
    }
  }));
}

// -- reading only -------------------------------------------------------------------------------

TEST_CASE_METHOD(recover_fixture, "a book is read beside its writer, and nothing is written") {
  sell(0, 10);
  if (GENERATE(false, true))
    take_snapshot();
  sell(10, 12);
  auto env = disk.env();
  env.index.reset();
  env.options.read_only = true;
  auto before = disk.storage.files();
  auto reading = must(recover_book(env, "book", false));
  CHECK(disk.storage.files() == before);
  CHECK_FALSE(reading->log);
  CHECK(see(reading->machine) == see(book.machine()));
  CHECK(reading->machine.id() == book.machine().id());

  sell(12, 20);
  must(refresh(env, *reading));
  CHECK(see(reading->machine) == see(book.machine()));
  must(refresh(env, *reading));
  CHECK(see(reading->machine) == see(book.machine()));
  // Another writer's epoch begins.
  book.open();
  sell(20, 22);
  must(refresh(env, *reading));
  must(refresh(env, *reading));
  CHECK(see(reading->machine) == see(book.machine()));

  auto scan = book.scan();
  for (int i = 0; i < 22; ++i) {
    auto hash = reading->machine.hash_of_key("k" + std::to_string(i));
    auto seq = event_seq{4U + static_cast<std::uint64_t>(i)};
    if (auto* known = reading->machine.find_key(hash)) {
      CHECK(known->seq == seq);
      continue;
    }
    auto asked = std::make_shared<ledger::questions>();
    asked->keys.push_back(hash);
    auto gone = reading->machine.keys_gone();
    auto found = must(read_facts(env, {scan, asked, gone}));
    REQUIRE(found.known->keys.at(hash));
    CHECK(found.known->keys.at(hash)->seq == seq);
    // What memory has is not read again.
    found = must(read_facts(env, {scan, asked, event_seq{seq.value() - 1}}));
    CHECK_FALSE(found.known->keys.at(hash));
  }
}

TEST_CASE_METHOD(recover_fixture, "a book that is not there is not made by reading") {
  auto env = disk.env();
  env.options.read_only = true;
  auto none = recover_book(env, "none", true);
  REQUIRE_FALSE(none);
  CHECK(none.error().code() == ec::not_found);
  CHECK(must(disk.storage.kind("/data/books/none")) == log::entry_kind::none);
}
