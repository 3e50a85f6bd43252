#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/snapshot_fixture.hpp"

#include <map>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

using seqs = std::vector<std::uint64_t>;

/// What a snapshot of a seq holds; larger than the buffer, so that it takes several writes.
messages content_of(std::uint64_t seq) {
  return {std::to_string(seq), std::string(atomic_file_writer::buffer_bytes + 100, 'x'), "end"};
}

/// Takes snapshots and keeps two, until something fails.
struct snapshot_crash_fixture : snapshot_fixture {
  void run_until_failure() {
    for (std::uint64_t seq : {5, 8, 13, 21}) {
      if (!try_write(faulty, seq, content_of(seq)))
        return;
      newest = seq;
      if (!keep_snapshots(faulty, directory, 2))
        return;
    }
  }

  /// What is there is whole, and the newest that was acknowledged is there.
  void check_readable() {
    auto found = list();
    for (auto seq : found) {
      CAPTURE(seq);
      CHECK(require(try_read(seq)) == content_of(seq));
    }
    CHECK((newest == 0 || std::ranges::find(found, newest) != found.end()));
  }

  faulty_storage faulty{disk};
  std::uint64_t newest = 0; ///< that `finish` acknowledged
};

void touch(memory_storage& disk, const std::string& path) {
  require(disk.open(path, open_mode::create_new));
}

} // namespace

TEST_CASE("snapshots are listed with the newest first, and nothing else is") {
  snapshot_fixture book;
  for (std::uint64_t seq : {9, 100, 0, 10})
    book.write(seq, {});
  for (auto name : {".snapshot-00000000000000000011.tmp", "snapshot-11.snap", "cursor-a.pos",
                    "snapshot-00000000000000000011.snap.old", "segment-00000000000000000001.log"})
    touch(book.disk, book.directory + "/" + name);
  CHECK(book.list() == seqs{100, 10, 9, 0});
  auto entries = require(list_snapshots(book.disk, book.directory));
  CHECK(entries[0] == snapshot_entry{event_seq{100}, book.path_of(100)});
}

TEST_CASE("a directory that is not there has no snapshots to list") {
  memory_storage disk;
  auto listed = list_snapshots(disk, "/books/none");
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code() == ec::not_found);
  CHECK(keep_snapshots(disk, "/books/none", 2).error().code() == ec::not_found);
}

TEST_CASE("the newest snapshots are kept, and the rest goes with what was left unfinished") {
  snapshot_fixture book;
  for (std::uint64_t seq : {9, 100, 10})
    book.write(seq, {});
  touch(book.disk, book.directory + "/.snapshot-00000000000000000200.tmp");
  touch(book.disk, book.directory + "/.cursor-a.tmp");
  touch(book.disk, book.directory + "/segment-00000000000000000001.log");
  require(keep_snapshots(book.disk, book.directory, 2));
  CHECK(book.list() == seqs{100, 10});
  CHECK(require(book.disk.list(book.directory)) ==
        messages{".cursor-a.tmp", "segment-00000000000000000001.log",
                 "snapshot-00000000000000000010.snap", "snapshot-00000000000000000100.snap"});
}

TEST_CASE("a snapshot is durable before an older one goes", "[I9]") {
  auto seed = GENERATE(range(1, 17));
  snapshot_crash_fixture book;
  book.write(5, content_of(5));
  book.newest = 5;
  book.faulty.set({operation::sync_directory, 1});
  REQUIRE_FALSE(book.try_write(book.faulty, 8, content_of(8)));
  REQUIRE(book.list() == seqs{8, 5});
  require(keep_snapshots(book.faulty, book.directory, 1));
  book.newest = 8;
  book.disk.crash(static_cast<std::uint64_t>(seed));
  book.check_readable();
}

TEST_CASE("power may go at any call, and a whole snapshot is there", "[I8][I9]") {
  auto seed = GENERATE(range(1, 17));
  auto calls = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, n);
    snapshot_crash_fixture book;
    book.faulty.set({operation::change, n, EIO, true, seed % 3U});
    book.run_until_failure();
    if (!book.faulty.has_failed())
      break;
    ++calls;
    book.disk.crash(static_cast<std::uint64_t>(seed));
    book.check_readable();
    // The next life goes on with what was left.
    book.faulty.set({operation::lock, ~std::uint64_t{}});
    require(book.try_write(book.faulty, 21, content_of(21)));
    require(keep_snapshots(book.faulty, book.directory, 2));
    CHECK(require(book.disk.list(book.directory)).size() <= 2);
    book.newest = 21;
    book.disk.crash(static_cast<std::uint64_t>(seed) + 100);
    book.check_readable();
  }
  CHECK(calls > 25);
}

TEST_CASE("any call may fail once, and no half snapshot is there", "[I2][I9]") {
  auto seed = GENERATE(range(1, 17));
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, n);
    snapshot_crash_fixture book;
    book.faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, seed); });
    book.faulty.set({operation::change, n, EIO, false, seed % 3U});
    book.run_until_failure();
    if (!book.faulty.has_failed())
      break;
    book.check_readable();
    book.disk.crash(static_cast<std::uint64_t>(seed));
    book.check_readable();
  }
}
