#include "log/verify.hpp"

#include "log/format.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

TEST_CASE("verify counts what it has checked") {
  book_fixture book;
  book.options.segment_bytes = 6000;
  auto opened = book.open();
  for (int i = 0; i < 10; ++i)
    require(book.append(*opened.log, 3, 100));
  kept_batches found;
  auto report = require(book.verify(&found));
  CHECK(found == book.acknowledged);
  CHECK(report.book == opened.log->id());
  CHECK(report.batches == 10);
  CHECK(report.last_seq == event_seq{30});
  CHECK(report.epoch == writer_epoch{1});
  CHECK(report.chain == opened.log->chain());
  CHECK(report.segments == book.segments().size());
  CHECK_FALSE(report.torn);
}

TEST_CASE("verify needs a book and no visitor") {
  book_fixture book;
  auto missing = verify(book.disk, book.directory, "b", {});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ec::not_found);
  book.open();
  CHECK(verify(book.disk, book.directory, "b", {}));
}

TEST_CASE("tampering that makes every checksum right breaks the chain", "[I11]") {
  book_fixture book;
  auto opened = book.open();
  for (int i = 0; i < 3; ++i)
    require(book.append(*opened.log, 1, 50));
  auto reader = require(batch_reader::read_all(book.disk, book.directory, "b"));
  std::uint64_t victim = 0;
  std::uint64_t next = 0;
  while (auto batch = require(reader.next())) {
    victim = batch->first_seq == event_seq{2} ? batch->offset : victim;
    next = batch->first_seq == event_seq{3} ? batch->offset : next;
  }
  auto path = book.segments().front();
  auto bytes = book.disk.content(path);
  auto salt = load_le<std::uint64_t>(bytes.data() + 16);
  auto* record = bytes.data() + victim;
  record[record_header_bytes + 10] ^= std::byte{1};
  byte_span payload{record + record_header_bytes, load_le<std::uint64_t>(record + 8)};
  store_le(record + 88, checksum(payload, salt));
  store_le(record + 120, checksum({record, 120}, salt));
  book.disk.replace(path, bytes);

  auto report = book.verify();
  REQUIRE_FALSE(report);
  CHECK(report.error().code() == ec::corrupt);
  CHECK(report.error().get("file") == path);
  CHECK(report.error().get("offset") == std::to_string(next));
  CHECK_THAT(report.error().message(), Catch::Matchers::ContainsSubstring("chain"));
  opened.log.reset();
  CHECK(book.try_open().error() == report.error());
}
