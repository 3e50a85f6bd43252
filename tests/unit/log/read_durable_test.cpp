#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

#include <atomic>
#include <thread>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

struct durable_fixture : book_fixture {
  durable_fixture() { options.segment_bytes = 4096 + 2500; }

  result<batch_reader> read_from(std::uint64_t from) {
    return batch_reader::read_durable(disk, directory, "b", event_seq{from});
  }

  /// `found` begins with everything that was acknowledged, and has at most the pending batch more.
  bool is_prefix(const kept_batches& found) const {
    auto known = acknowledged.size();
    if (found.size() < known ||
        !std::equal(acknowledged.begin(), acknowledged.end(), found.begin()))
      return false;
    return found.size() == known ||
           (found.size() == known + 1 && found.back().payload == pending.payload);
  }

  /// The last segment, and where its last record begins and ends.
  struct tail {
    std::string path;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  tail last_record() {
    tail found;
    auto reader = require(batch_reader::read_all(disk, directory, "b"));
    while (auto batch = require(reader.next()))
      found = {std::string{batch->file}, batch->offset, reader.offset()};
    return found;
  }
};

} // namespace

TEST_CASE("what a reader beside a writer is given survives losing power at once", "[I1][I2][I7]") {
  auto seed = GENERATE(range(1, 5));
  durable_fixture book;
  faulty_storage slow{book.disk};
  auto writer = require(book.try_open(slow)).log;
  auto looks = 0;
  // Before each change that the writer makes, and within each of its writes.
  slow.on_change([&](operation) {
    CAPTURE(seed, ++looks);
    auto copy = book.disk.copy();
    kept_batches found;
    auto report = require(verify(*copy, book.directory, "b", keep_in(found)));
    REQUIRE(book.is_prefix(found));
    copy->crash(static_cast<std::uint64_t>(seed + looks));
    kept_batches after;
    auto opened = require(book_log::open(*copy, book.random, timestamp{}, book.directory, "b",
                                         book.options, keep_in(after)));
    REQUIRE(after.size() >= found.size());
    after.resize(found.size());
    REQUIRE(after == found);
  });
  for (std::size_t i = 0; i < 9; ++i)
    require(book.append(*writer, 2, 300 + 100 * (i % 4)));
  CHECK(book.segments().size() > 3);
  CHECK(looks > 100);
}

TEST_CASE("every start gives the same batches as a range does") {
  durable_fixture book;
  auto writer = book.open().log;
  for (std::size_t i = 0; i < 14; ++i)
    require(book.append(*writer, 1 + i % 3, 300));
  auto last = writer->last_seq();
  for (std::uint64_t from = 0; from <= last.value() + 3; ++from) {
    CAPTURE(from);
    auto reader = require(book.read_from(from));
    auto range =
        require(batch_reader::read_range(book.disk, book.directory, "b", event_seq{from}, last));
    CHECK(require(read_rest(reader)) == require(read_rest(range)));
    CHECK_FALSE(reader.torn());
    CHECK(reader.position().next_seq == last.next());
  }
}

TEST_CASE("a record that is being written is looked at again") {
  durable_fixture book;
  auto writer = book.open().log;
  require(book.append(*writer, 1, 500));
  require(book.append(*writer, 1, 1300));
  auto last = book.last_record();
  auto whole = book.disk.content(last.path);
  auto part = whole;
  // What verifies nowhere: a piece is missing, or is not yet what it will be.
  SECTION("torn") {
    std::fill(part.begin() + static_cast<std::ptrdiff_t>(last.begin + 700), part.end(),
              std::byte{0});
  }
  SECTION("not what it will be") { part[last.begin + 300] ^= std::byte{1}; }
  SECTION("cut") { part.resize(last.begin + 100); }
  book.disk.replace(last.path, part);
  faulty_storage watched{book.disk};
  auto syncs = 0;
  auto ready_at = GENERATE(1, 3, 7);
  watched.on_change([&](operation what) {
    REQUIRE(what == operation::sync);
    if (++syncs == ready_at)
      book.disk.replace(last.path, whole);
  });
  kept_batches found;
  auto report = require(verify(watched, book.directory, "b", keep_in(found)));
  CHECK(found == book.acknowledged);
  CHECK_FALSE(report.torn);
  CHECK(syncs > ready_at);
}

TEST_CASE("what stays torn is the end, and what stays damaged is corrupt", "[I8]") {
  durable_fixture book;
  auto writer = book.open().log;
  require(book.append(*writer, 1, 500));
  require(book.append(*writer, 1, 1300));
  auto last = book.last_record();
  auto bytes = book.disk.content(last.path);
  SECTION("torn") {
    bytes.resize(last.begin + 700);
    book.disk.replace(last.path, bytes);
    kept_batches found;
    auto report = require(book.verify(&found));
    CHECK(found.size() == 1);
    CHECK(report.torn->offset == last.begin);
    CHECK(report.torn->bytes == 700);
  }
  SECTION("damaged") {
    bytes[last.begin + 300] ^= std::byte{1};
    book.disk.replace(last.path, bytes);
    auto report = book.verify();
    REQUIRE_FALSE(report);
    CHECK(report.error().code() == ec::corrupt);
    CHECK(report.error().get("offset") == std::to_string(last.begin));
  }
}

TEST_CASE("the writer may begin segments while a reader reads") {
  durable_fixture book;
  auto writer = book.open().log;
  for (int i = 0; i < 9; ++i)
    require(book.append(*writer, 1, 700));
  auto begun = book.acknowledged;
  auto stop_after = GENERATE(range<std::size_t>(0, 9));
  auto reader = require(book.read_from(1));
  kept_batches found;
  auto keep = keep_in(found);
  while (found.size() < stop_after)
    require(keep(*require(reader.next())));
  for (int i = 0; i < 7; ++i)
    require(book.append(*writer, 1, 700));
  auto rest = require(read_rest(reader));
  found.insert(found.end(), rest.begin(), rest.end());
  REQUIRE(found.size() >= begun.size());
  REQUIRE(found.size() <= book.acknowledged.size());
  CHECK(std::equal(found.begin(), found.end(), book.acknowledged.begin()));
  CHECK_FALSE(reader.torn());
}

TEST_CASE("the writer may begin a segment between two looks at the end of the last") {
  durable_fixture book;
  auto writer = book.open().log;
  require(book.append(*writer, 1, 700));
  // The reader's first sync is behind its last look; what the writer does before that is seen.
  faulty_storage watched{book.disk};
  auto path = book.segments().back();
  auto whole = book.disk.content(path);
  auto torn = whole;
  torn[book.last_record().end + 3] = std::byte{1};
  book.disk.replace(path, torn);
  watched.on_change([&, once = true](operation) mutable {
    if (std::exchange(once, false)) {
      book.disk.replace(path, whole);
      for (int i = 0; i < 6; ++i)
        require(book.append(*writer, 1, 700));
    }
  });
  kept_batches found;
  auto report = require(verify(watched, book.directory, "b", keep_in(found)));
  CHECK(book.segments().size() > 2);
  CHECK(found.size() > 1);
  CHECK(std::equal(found.begin(), found.end(), book.acknowledged.begin()));
  CHECK_FALSE(report.torn);
}

TEST_CASE("a header page that is being written is looked at again") {
  durable_fixture book;
  auto writer = book.open().log;
  for (int i = 0; i < 4; ++i)
    require(book.append(*writer, 1, 700));
  auto path = book.segments().back();
  auto whole = book.disk.content(path);
  auto part = whole;
  part.resize(GENERATE(0, 512, 4095));
  book.disk.replace(path, part);
  faulty_storage watched{book.disk};
  SECTION("it becomes whole") {
    auto reader = require(batch_reader::read_durable(watched, book.directory, "b"));
    book.disk.replace(path, whole);
    auto found = require(read_rest(reader));
    CHECK_FALSE(reader.torn());
    CHECK(std::equal(found.begin(), found.end(), book.acknowledged.begin()));
  }
  SECTION("it stays as it is") {
    auto report = require(book.verify());
    CHECK(report.torn->whole_file);
    CHECK(report.torn->file == path);
  }
}

TEST_CASE("a sync that fails gives nothing of the last segment", "[I2]") {
  durable_fixture book;
  auto writer = book.open().log;
  require(book.append(*writer, 1, 700));
  faulty_storage faulty{book.disk};
  faulty.set({operation::sync, 1});
  kept_batches found;
  auto report = verify(faulty, book.directory, "b", keep_in(found));
  REQUIRE_FALSE(report);
  CHECK(report.error().code() == ec::io);
  CHECK(found.empty());
}

TEST_CASE("a record that only lives in the page cache is not given out", "[I2]") {
  durable_fixture book;
  faulty_storage faulty{book.disk};
  auto seed = GENERATE(range(1, 17));
  auto writer = require(book.try_open(faulty)).log;
  require(book.append(*writer, 1, 600));
  faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, seed); });
  faulty.set({operation::sync, 1});
  REQUIRE_FALSE(book.append(*writer, 1, 600));
  kept_batches found;
  require(book.verify(&found));
  writer.reset();
  book.disk.crash(memory_storage::unsynced::lost);
  kept_batches after;
  book.open(&after);
  CHECK(after == found);
}

TEST_CASE("a reader in another thread sees nothing but durable batches in order") {
  durable_fixture book;
  auto writer = book.open().log;
  std::atomic<bool> done = false;
  std::atomic<bool> wrong = false;
  std::thread reader{[&] {
    std::size_t before = 0;
    while (!done) {
      kept_batches found;
      auto report = log::verify(book.disk, book.directory, "b", keep_in(found));
      wrong = wrong || !report || found.size() < before;
      before = found.size();
    }
  }};
  for (int i = 0; i < 300; ++i)
    require(book.append(*writer, 1, 500));
  done = true;
  reader.join();
  CHECK_FALSE(wrong);
  kept_batches found;
  require(book.verify(&found));
  CHECK(found == book.acknowledged);
}
