#include "log/batch_reader.hpp"

#include "base/limits.hpp"
#include "log/format.hpp"
#include "log/segment_name.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

/// Batches of 1 to 3 events in several segments, written in two lives.
struct read_fixture : book_fixture {
  read_fixture() {
    options.segment_bytes = 7000;
    for (int life = 0; life < 2; ++life) {
      writer = open().log;
      for (std::size_t i = 0; i < 12; ++i)
        require(append(*writer, 1 + i % 3, 50 + 60 * i));
      if (life == 0)
        writer.reset();
    }
  }

  result<batch_reader> range(std::uint64_t from, std::uint64_t last) {
    return batch_reader::read_range(disk, directory, "b", event_seq{from}, event_seq{last});
  }

  kept_batches expected(std::uint64_t from, std::uint64_t last) const {
    kept_batches kept;
    for (auto& x : acknowledged)
      if (from <= last && x.first_seq + x.event_count > from && x.first_seq <= last)
        kept.push_back(x);
    return kept;
  }

  std::unique_ptr<book_log> writer;
};

/// Rewrites a record's header, making its checksum right.
void forge(memory_storage& disk, const std::string& path, std::uint64_t offset, std::size_t at,
           std::uint64_t value, std::size_t width) {
  auto bytes = disk.content(path);
  auto salt = load_le<std::uint64_t>(bytes.data() + 16);
  auto* record = bytes.data() + offset;
  std::memcpy(record + at, &value, width);
  store_le(record + 120, checksum({record, 120}, salt));
  disk.replace(path, bytes);
}

} // namespace

TEST_CASE("every range of a log can be read beside its writer") {
  read_fixture book;
  auto last_seq = book.writer->last_seq().value();
  REQUIRE(book.segments().size() > 3);
  for (std::uint64_t from = 1; from <= last_seq; ++from)
    for (auto last = from - 1; last <= last_seq; ++last) {
      CAPTURE(from, last);
      auto reader = require(book.range(from, last));
      REQUIRE(require(read_rest(reader)) == book.expected(from, last));
    }
}

TEST_CASE("a range goes on when more is durable") {
  read_fixture book;
  auto known = book.writer->last_seq().value();
  auto reader = require(book.range(5, known));
  CHECK(require(read_rest(reader)) == book.expected(5, known));
  for (int i = 0; i < 30; ++i) {
    auto before = book.writer->last_seq().value();
    require(book.append(*book.writer, 2, 300));
    CHECK_FALSE(require(reader.next()));
    reader.extend(book.writer->last_seq());
    CHECK(require(read_rest(reader)) == book.expected(before + 1, before + 2));
  }
}

TEST_CASE("a reader may wait for the first event of an empty book") {
  book_fixture book;
  auto opened = book.open();
  auto reader =
      require(batch_reader::read_range(book.disk, book.directory, "b", event_seq{1}, event_seq{}));
  CHECK_FALSE(require(reader.next()));
  require(book.append(*opened.log, 2, 10));
  reader.extend(event_seq{2});
  CHECK(require(read_rest(reader)) == book.acknowledged);
}

TEST_CASE("bytes behind the durable end are never looked at") {
  read_fixture book;
  auto known = book.writer->last_seq().value();
  require(book.append(*book.writer, 1, 100));
  auto path = book.segments().back();
  auto bytes = book.disk.content(path);
  auto all = require(batch_reader::read_all(book.disk, book.directory, "b"));
  std::uint64_t behind = 0;
  while (auto batch = require(all.next()))
    behind = batch->offset;
  for (auto i = behind; i < bytes.size(); i += 3)
    bytes[i] = std::byte{0xee};
  book.disk.replace(path, bytes);
  auto reader = require(book.range(1, known));
  CHECK(require(read_rest(reader)) == book.expected(1, known));
  reader.extend(event_seq{known + 1});
  auto damaged = reader.next();
  REQUIRE_FALSE(damaged);
  CHECK(damaged.error().code() == ec::corrupt);
  CHECK(damaged.error().get("offset") == std::to_string(behind));
}

TEST_CASE("a durable record that is not there is corruption") {
  read_fixture book;
  auto beyond = book.writer->last_seq().value() + 1;
  auto reader = require(book.range(beyond, beyond));
  auto missing = reader.next();
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ec::corrupt);
}

TEST_CASE("a range reads no payload before it") {
  read_fixture book;
  auto path = book.segments().front();
  auto bytes = book.disk.content(path);
  bytes[header_page_bytes + 128 + 128 + 5] ^= std::byte{1};
  book.disk.replace(path, bytes);
  auto last = book.writer->last_seq().value();
  auto reader = require(book.range(3, last));
  CHECK(require(read_rest(reader)) == book.expected(3, last));
  auto first = require(book.range(1, last));
  CHECK(read_rest(first).error().code() == ec::corrupt);
}

TEST_CASE("a huge length in a header allocates nothing") {
  book_fixture book;
  require(book.append(*book.open().log, 1, 10));
  auto path = book.segments().front();
  auto offset = header_page_bytes + record_header_bytes;
  auto length = GENERATE(std::uint64_t{1} << 62, batch_payload_bytes_max + 1,
                         batch_payload_bytes_max, std::uint64_t{1} << 24);
  forge(book.disk, path, offset, 8, length, 8);
  faulty_storage watched{book.disk};
  auto opened = book.try_open(watched);
  CHECK(watched.largest_read() <= 1024 * 1024);
  if (length > batch_payload_bytes_max) {
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code() == ec::corrupt);
    CHECK(opened.error().get("offset") == std::to_string(offset));
  } else {
    // The file ends inside such a record.
    REQUIRE(opened);
    CHECK(opened->report.cut->offset == offset);
  }
}

TEST_CASE("records that verify but do not follow are corruption", "[I3][I4][I10]") {
  book_fixture book;
  {
    auto opened = book.open();
    require(book.append(*opened.log, 2, 10));
    require(book.append(*opened.log, 2, 10));
  }
  auto path = book.segments().front();
  auto offset = header_page_bytes + 2 * record_header_bytes + 24;
  struct change {
    std::size_t at;
    std::uint64_t value;
    std::size_t width;
    const char* says;
  };
  auto x = GENERATE(change{24, 4, 8, "seq"}, change{24, 2, 8, "seq"}, change{40, 4, 8, "log index"},
                    change{32, 0, 8, "older writer"}, change{32, 2, 8, "never started"},
                    change{48, 1, 8, "older than"}, change{56, 1, 8, "chain"},
                    change{16, 1, 4, "list of events"});
  CAPTURE(x.says);
  forge(book.disk, path, offset, x.at, x.value, x.width);
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::corrupt);
  CHECK(opened.error().get("offset") == std::to_string(offset));
  CHECK_THAT(opened.error().message(), Catch::Matchers::ContainsSubstring(x.says));
}

TEST_CASE("header pages that verify but do not follow are corruption", "[I8][I11]") {
  read_fixture book;
  book.writer.reset();
  struct change {
    std::size_t segment;
    std::size_t at;
    const char* says;
  };
  auto x = GENERATE(change{0, 24, "chain"}, change{0, 40, "log index"}, change{0, 48, "epoch"},
                    change{0, 64, "chain"}, change{1, 24, "another book"}, change{1, 32, "seq"},
                    change{1, 40, "log index"}, change{1, 48, "epoch"}, change{1, 64, "chain"},
                    change{1, 97, "renamed"});
  CAPTURE(x.segment, x.at);
  auto path = book.segments().at(x.segment);
  auto bytes = book.disk.content(path);
  bytes[x.at] ^= std::byte{0x10};
  auto salt = load_le<std::uint64_t>(bytes.data() + 16);
  store_le(bytes.data() + 4088, checksum(byte_span{bytes}.first(4088), salt));
  book.disk.replace(path, bytes);
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::corrupt);
  CHECK(opened.error().get("file") == path);
  CHECK(opened.error().get("offset") == "0");
  CHECK_THAT(opened.error().message(), Catch::Matchers::ContainsSubstring(x.says));
}

TEST_CASE("a newer record is not corruption and is not cut") {
  book_fixture book;
  require(book.append(*book.open().log, 1, 10));
  forge(book.disk, book.segments().front(), header_page_bytes + record_header_bytes, 4, 2, 2);
  auto before = book.disk.files();
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::invalid_argument);
  CHECK(opened.error().get("file") == book.segments().front());
  CHECK(book.disk.files() == before);
}

TEST_CASE("a missing or foreign segment is corruption", "[I8]") {
  read_fixture book;
  book.writer.reset();
  auto paths = book.segments();
  SECTION("the first") { require(book.disk.remove(paths[0])); }
  SECTION("one in the middle") { require(book.disk.remove(paths[1])); }
  SECTION("of another book of the same name") {
    book_fixture other;
    other.options.segment_bytes = 1;
    auto opened = require(log::book_log::open(other.disk, book.random, timestamp{}, "/books/b", "b",
                                              other.options, {}));
    opened.log.reset();
    book.disk.replace(paths[0], other.disk.content(other.segments().front()));
  }
  SECTION("under another's name") { book.disk.replace(paths[1], book.disk.content(paths[2])); }
  auto opened = book.try_open();
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == ec::corrupt);
  CHECK(book.verify().error() == opened.error());
}

TEST_CASE("a read error is an error and not the end") {
  read_fixture book;
  book.writer.reset();
  faulty_storage faulty{book.disk};
  for (std::uint64_t n = 1;; ++n) {
    faulty.set({operation::read, n});
    auto report = verify(faulty, book.directory, "b", {});
    if (!faulty.has_failed())
      break;
    CAPTURE(n);
    REQUIRE_FALSE(report);
    REQUIRE(report.error().code() == ec::io);
  }
}
