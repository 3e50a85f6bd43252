#include "log/book_log.hpp"

#include "log/format.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

TEST_CASE("a new book is empty and durable") {
  book_fixture book;
  auto opened = book.open();
  CHECK(opened.report.created);
  CHECK(opened.report.batches == 0);
  CHECK(opened.report.last_seq == event_seq{});
  CHECK_FALSE(opened.report.cut);
  CHECK(opened.report.book == opened.log->id());
  CHECK(opened.log->last_seq() == event_seq{});
  CHECK(opened.log->epoch() == writer_epoch{1});
  opened.log.reset();
  book.disk.crash(GENERATE(1, 2, 3, 4));
  auto again = book.open();
  CHECK_FALSE(again.report.created);
  CHECK(again.report.book == opened.report.book);
}

TEST_CASE("a book that does not exist is created only when asked for") {
  book_fixture book;
  book.options.create_if_missing = false;
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::not_found);
  CHECK(require(book.disk.list("/books")).empty());
}

TEST_CASE("appended batches come back after a crash", "[I1]") {
  book_fixture book;
  auto opened = book.open();
  for (std::size_t i = 0; i < 20; ++i)
    require(book.append(*opened.log, 1 + i % 3, i * 100));
  CHECK(opened.log->last_seq().value() == 39);
  auto chain = opened.log->chain();
  opened.log.reset();
  book.disk.crash(GENERATE(1, 2, 3));
  kept_batches found;
  auto again = book.open(&found);
  CHECK(found == book.acknowledged);
  CHECK(again.report.batches == 20);
  CHECK(again.report.last_seq.value() == 39);
  CHECK(again.report.chain == chain);
}

TEST_CASE("each batch carries the chain hash of all before it", "[I11]") {
  book_fixture book;
  auto opened = book.open();
  for (int i = 0; i < 5; ++i)
    require(book.append(*opened.log, 1, 50));
  auto reader = require(batch_reader::read_all(book.disk, book.directory, "b"));
  chain_hasher hasher;
  auto chain = hasher.first(opened.log->id());
  while (auto batch = require(reader.next())) {
    auto file = book.disk.content(std::string{batch->file});
    auto header = byte_span{file}.subspan(batch->offset, record_header_bytes);
    chain_hash stored;
    std::copy_n(header.begin() + 56, 32, stored.begin());
    CHECK(stored == chain);
    chain = hasher.next(header, batch->payload);
    CHECK(batch->chain == chain);
  }
  CHECK(opened.log->chain() == chain);
  CHECK(book.acknowledged.back().chain == chain);
}

TEST_CASE("epochs grow with every life that writes", "[I10]") {
  book_fixture book;
  for (std::uint64_t life = 1; life < 4; ++life) {
    auto opened = book.open();
    CHECK(opened.log->epoch() == writer_epoch{life});
    require(book.append(*opened.log, 1, 10));
    require(book.append(*opened.log, 1, 10));
  }
  std::vector<std::pair<record_kind, std::uint64_t>> seen;
  require(verify(book.disk, book.directory, "b", [&](const stored_batch& x) -> result<void> {
    seen.emplace_back(x.kind, x.epoch.value());
    return {};
  }));
  REQUIRE(seen.size() == 9);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    CHECK(seen[i].second == i / 3 + 1);
    CHECK(seen[i].first == (i % 3 == 0 ? record_kind::epoch_started : record_kind::events));
  }
}

TEST_CASE("a life that only reads leaves every byte as it was", "[I10]") {
  book_fixture book;
  require(book.append(*book.open().log, 1, 10));
  auto before = book.disk.files();
  for (int i = 0; i < 3; ++i) {
    auto opened = book.open();
    CHECK(opened.log->epoch() == writer_epoch{2});
    require(opened.log->prepare());
    opened.log->close();
  }
  CHECK(book.disk.files() == before);
}

TEST_CASE("a full segment is followed by the next, and a record is never split") {
  book_fixture book;
  book.options.segment_bytes = 10'000;
  auto opened = book.open();
  for (int i = 0; i < 40; ++i)
    require(book.append(*opened.log, 1, i == 20 ? 30'000 : 900));
  opened.log->close();
  auto paths = book.segments();
  CHECK(paths.size() > 8);
  for (auto& path : paths) {
    auto size = book.disk.content(path).size();
    CHECK((size <= 10'000 || size > 30'000));
  }
  kept_batches found;
  auto report = require(book.verify(&found));
  CHECK(found == book.acknowledged);
  CHECK(report.segments == paths.size());
}

TEST_CASE("a segment without events is never left") {
  book_fixture book;
  book.options.segment_bytes = 1;
  for (int life = 0; life < 3; ++life) {
    auto opened = book.open();
    require(book.append(*opened.log, 1, 100));
    require(book.append(*opened.log, 1, 100));
  }
  CHECK(book.segments().size() == 6);
  kept_batches found;
  require(book.verify(&found));
  CHECK(found == book.acknowledged);
}

TEST_CASE("a small book stays small, and a closed one has no zeros behind it") {
  book_fixture book;
  auto opened = book.open();
  require(book.append(*opened.log, 1, 100));
  auto path = book.segments().front();
  CHECK(book.disk.content(path).size() <= 128 * 1024);
  opened.log->close();
  CHECK(book.disk.content(path).size() == header_page_bytes + 128 + record_bytes(101));
  require(book.append(*opened.log, 1, 100));
  opened.log.reset();
  kept_batches found;
  book.open(&found);
  CHECK(found == book.acknowledged);
}

TEST_CASE("space taken ahead is taken before it is needed") {
  book_fixture book;
  faulty_storage counted{book.disk};
  auto opened = require(book.try_open(counted));
  require(book.append(*opened.log, 1, 60'000));
  auto path = book.segments().front();
  auto size = book.disk.content(path).size();
  require(opened.log->prepare());
  while (require(opened.log->prepare()), book.disk.content(path).size() != size)
    size = book.disk.content(path).size();
  require(book.append(*opened.log, 1, 20'000));
  CHECK(book.disk.content(path).size() == size);
  opened.log.reset();
  book.disk.crash(3);
  kept_batches found;
  book.open(&found);
  CHECK(found == book.acknowledged);
}

TEST_CASE("a book has one writer at a time", "[I10]") {
  book_fixture book;
  auto opened = book.open();
  auto second = book.try_open();
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == ec::locked);
  opened.log.reset();
  CHECK(book.try_open());
}

TEST_CASE("a writer that failed stays failed and touches nothing", "[I2]") {
  book_fixture book;
  faulty_storage faulty{book.disk};
  auto what = GENERATE(operation::write, operation::sync);
  auto number = GENERATE(ENOSPC, EIO, EROFS);
  auto opened = require(book.try_open(faulty));
  require(book.append(*opened.log, 1, 10));
  faulty.set({what, 1, number});
  auto failed = book.append(*opened.log, 1, 10);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code() == ec::io);
  CHECK_FALSE(failed.error().get("path").empty());
  CHECK(failed.error().get("operation") == (what == operation::write ? "write" : "sync"));
  CHECK(failed.error().get("errno") == strerrorname_np(number));
  auto before = book.disk.files();
  auto again = book.append(*opened.log, 1, 10);
  REQUIRE_FALSE(again);
  CHECK(again.error() == failed.error());
  CHECK(opened.log->prepare().error() == failed.error());
  CHECK(opened.log->failure() == failed.error());
  opened.log->close();
  CHECK(book.disk.files() == before);
}

TEST_CASE("a full disk is told in words") {
  book_fixture book;
  faulty_storage faulty{book.disk};
  auto opened = require(book.try_open(faulty));
  faulty.set({operation::write, 1, ENOSPC});
  auto failed = book.append(*opened.log, 1, 10);
  CHECK_THAT(failed.error().message(), Catch::Matchers::ContainsSubstring("free space"));
}

TEST_CASE("what the visitor refuses ends the opening and changes nothing") {
  book_fixture book;
  require(book.append(*book.open().log, 1, 10));
  auto before = book.disk.files();
  auto opened = book_log::open(
      book.disk, book.random, timestamp{1}, book.directory, "b", {},
      [](const stored_batch&) -> result<void> { return fail(ec::corrupt, "not in my book"); });
  REQUIRE_FALSE(opened);
  CHECK(opened.error().message() == "not in my book");
  CHECK(book.disk.files() == before);
}

TEST_CASE("a file where the book's directory should be is refused") {
  book_fixture book;
  require(book.disk.open(book.directory, open_mode::create_new));
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::invalid_argument);
}

TEST_CASE("a book under another name is refused by name", "[I8]") {
  book_fixture book;
  require(book.append(*book.open().log, 1, 10));
  require(book.disk.rename("/books/b", "/books/c"));
  auto before = book.disk.files();
  auto opened = book_log::open(book.disk, book.random, timestamp{1}, "/books/c", "c", {}, {});
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::corrupt);
  CHECK_THAT(opened.error().message(), Catch::Matchers::ContainsSubstring("'b'"));
  CHECK(verify(book.disk, "/books/c", "c", {}).error() == opened.error());
  CHECK(book.disk.files() == before);
}

TEST_CASE("a directory without a log is refused", "[I8]") {
  book_fixture book;
  require(book.disk.create_directory(book.directory));
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::corrupt);
  CHECK(opened.error().get("file") == book.directory);
}
