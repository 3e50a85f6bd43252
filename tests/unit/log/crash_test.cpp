#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>
#include <rapidcheck.h>

#include <optional>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

/// A book on a disk that can fail, and what is known of its batches.
struct crash_fixture : book_fixture {
  crash_fixture() { options.segment_bytes = 4096 + 2500; }

  /// Nothing is lost, and nothing is there that was not asked for: only the batch that failed may
  /// have survived, whole.
  bool is_consistent(const kept_batches& found) {
    auto known = acknowledged.size();
    if (found.size() < known ||
        !std::equal(acknowledged.begin(), acknowledged.end(), found.begin()))
      return false;
    if (found.size() == known)
      return true;
    auto expected = pending;
    expected.chain = found.back().chain;
    return unknown && found.size() == known + 1 && found.back() == expected;
  }

  /// Opens after a crash. What is found is the truth from now on.
  log::book_log::opened reopen() {
    kept_batches found;
    auto opened = open(&found);
    REQUIRE(is_consistent(found));
    acknowledged = found;
    unknown = false;
    return opened;
  }

  /// Opens, appends enough for two segments, and does it again, until something fails.
  void run_until_failure() {
    for (int life = 0; life < 2; ++life) {
      kept_batches found;
      auto opened = try_open(faulty, &found);
      if (!opened)
        return;
      REQUIRE(is_consistent(found));
      for (std::size_t i = 0; i < 5; ++i) {
        if (i == 3 && !opened->log->prepare())
          return;
        if (!append(*opened->log, 2, 300 + 150 * i)) {
          unknown = true;
          return;
        }
      }
      opened->log->close();
    }
  }

  /// The log is in order, and can be written.
  void require_usable() {
    {
      auto opened = reopen();
      require(append(*opened.log, 1, 700));
      require(append(*opened.log, 1, 2000));
    }
    reopen();
    CHECK_FALSE(require(verify()).torn);
  }

  faulty_storage faulty{disk};
  bool unknown = false; ///< `pending` may or may not be durable
};

} // namespace

TEST_CASE("power may go at any call, and every acknowledged batch is there", "[I1][I2][I8]") {
  auto seed = GENERATE(range(1, 9));
  auto calls = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, n);
    crash_fixture book;
    book.faulty.set({operation::change, n, EIO, true, seed % 3U});
    book.run_until_failure();
    if (!book.faulty.has_failed())
      break;
    ++calls;
    book.disk.crash(static_cast<std::uint64_t>(seed));
    book.require_usable();
    book.disk.crash(static_cast<std::uint64_t>(seed) + 100);
    book.reopen();
  }
  CHECK(calls > 40);
}

TEST_CASE("power may go after any call of a rotation", "[I1][I2][I8]") {
  using unsynced = memory_storage::unsynced;
  // What is unsynced is lost, survives, or does so by chance.
  auto chance = GENERATE(range(0, 12));
  auto partly = GENERATE(0U, 1U, 2U);
  std::uint64_t calls = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(chance, partly, n);
    crash_fixture book;
    {
      auto opened = require(book.try_open(book.faulty));
      require(book.append(*opened.log, 2, 300));
      require(book.append(*opened.log, 2, 600));
      REQUIRE(book.segments().size() == 1);
      book.faulty.set({operation::change, n, EIO, true, partly});
      book.unknown = !book.append(*opened.log, 2, 200);
      REQUIRE(book.unknown == book.faulty.has_failed());
    }
    auto complete = !book.faulty.has_failed();
    if (complete)
      REQUIRE(book.segments().size() == 2);
    calls += !complete;
    if (chance < 2)
      book.disk.crash(chance == 0 ? unsynced::lost : unsynced::kept);
    else
      book.disk.crash(static_cast<std::uint64_t>(chance));
    book.require_usable();
    if (complete)
      break;
  }
  // Create, write and sync the new file, sync the directory; cut the old one and write its footer;
  // zeros ahead and the record, and their sync.
  CHECK(calls >= 9);
}

TEST_CASE("any call may fail once, and the process goes on without losing power", "[I1][I2]") {
  auto seed = GENERATE(range(1, 9));
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, n);
    crash_fixture book;
    book.faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, seed); });
    book.faulty.set({operation::change, n, n % 2 ? EIO : ENOSPC, false, seed % 3U});
    book.run_until_failure();
    if (!book.faulty.has_failed())
      break;
    // What the first reopening served, and what it acknowledged, must survive losing power at once.
    {
      auto opened = book.reopen();
      if (seed % 2 == 0)
        require(book.append(*opened.log, 1, 100));
    }
    book.disk.crash(static_cast<std::uint64_t>(seed) + 50);
    book.reopen();
    book.require_usable();
    book.disk.crash(static_cast<std::uint64_t>(seed) + 100);
    book.reopen();
  }
}

TEST_CASE("a record that only lives in the page cache is not served", "[I2]") {
  crash_fixture book;
  auto seed = GENERATE(range(1, 33));
  auto opened = require(book.try_open(book.faulty));
  require(book.append(*opened.log, 1, 600));
  book.faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, seed); });
  book.faulty.set({operation::sync, 1});
  REQUIRE_FALSE(book.append(*opened.log, 1, 600));
  book.unknown = true;
  opened.log.reset();
  // To everyone who reads through the cache the record looks complete.
  auto reader = require(batch_reader::read_all(book.disk, book.directory, "b"));
  CHECK(require(read_rest(reader)).size() == 2);
  CHECK_FALSE(reader.torn());
  {
    auto again = book.reopen();
    if (book.acknowledged.size() == 1) {
      require(book.append(*again.log, 1, 50));
      kept_batches found;
      CHECK_FALSE(require(book.verify(&found)).torn);
      CHECK(found == book.acknowledged);
    }
  }
  book.disk.crash(static_cast<std::uint64_t>(seed));
  book.reopen();
}

namespace {

enum class step {
  append,
  append_large,
  prepare,
  close,
  reopen,
  power_loss,
  failed_sync,
  failed_write
};

void take(crash_fixture& book, std::unique_ptr<book_log>& log, step next, std::uint64_t seed) {
  auto append_failing = [&](operation what) {
    book.faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, seed); });
    book.faulty.set({what, 1 + seed % 2, EIO, false, seed % 4});
    book.unknown = !book.append(*log, 1, seed % 1500);
    book.faulty.set({operation::lock, ~std::uint64_t{}});
    if (book.unknown)
      log.reset();
  };
  switch (next) {
  case step::append:
    require(book.append(*log, 1 + seed % 3, seed % 200));
    break;
  case step::append_large:
    require(book.append(*log, 1 + seed % 3, seed % 4000));
    break;
  case step::prepare:
    require(log->prepare());
    break;
  case step::close:
    log->close();
    log.reset();
    break;
  case step::reopen:
    log.reset();
    break;
  case step::power_loss:
    log.reset();
    book.disk.crash(seed);
    break;
  case step::failed_sync:
    append_failing(operation::sync);
    break;
  case step::failed_write:
    append_failing(operation::write);
    break;
  }
}

} // namespace

TEST_CASE("no history loses an acknowledged batch", "[I1][I2][I3][I8]") {
  REQUIRE(rc::check([] {
    auto steps = *rc::gen::container<std::vector<std::pair<int, std::uint32_t>>>(
        rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::arbitrary<std::uint32_t>()));
    crash_fixture book;
    book.options.segment_bytes = *rc::gen::inRange(1, 20'000);
    std::unique_ptr<book_log> log;
    auto open = [&] {
      kept_batches found;
      auto opened = book.try_open(book.faulty, &found);
      RC_ASSERT(opened.has_value());
      RC_ASSERT(book.is_consistent(found));
      book.acknowledged = found;
      book.unknown = false;
      log = std::move(opened->log);
    };
    for (auto& [kind, seed] : steps) {
      if (!log)
        open();
      take(book, log, static_cast<step>(kind), seed);
    }
    log.reset();
    book.disk.crash(steps.size());
    open();
    log.reset();
    kept_batches found;
    auto report = book.verify(&found);
    RC_ASSERT(report.has_value());
    RC_ASSERT(found == book.acknowledged);
  }));
}
