#include "log/format.hpp"
#include "tests/unit/log/golden_file.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

#include <utility>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

class fixed_random final : public random_source {
public:
  std::uint64_t next() override { return std::exchange(next_, 0x8877665544332211); }

private:
  std::uint64_t next_ = 0x0123456789abcdef;
};

/// A book "kasse" with one batch of two events, "debit" and "credit".
byte_buffer write_golden_log(memory_storage& disk) {
  fixed_random random;
  require(disk.create_directory("/books"));
  log_options options;
  options.create_if_missing = true;
  auto opened = require(book_log::open(disk, random, timestamp{1'700'000'000'000'000},
                                       "/books/kasse", "kasse", options, {}));
  byte_buffer payload;
  append_event(payload, as_bytes("debit"));
  append_event(payload, as_bytes("credit"));
  require(opened.log->append({event_seq{1}, 2, timestamp{1'700'000'000'123'456}, payload}));
  opened.log->close();
  return disk.content("/books/kasse/segment-00000000000000000001.log");
}

} // namespace

TEST_CASE("the bytes on disk are the golden file's, and the documentation shows them") {
  memory_storage disk;
  check_golden(write_golden_log(disk), "two_events.hex");
}

TEST_CASE("a sealed segment's footer is the golden file's") {
  memory_storage disk;
  auto records = write_golden_log(disk);
  fixed_random random;
  auto opened = require(
      book_log::open(disk, random, timestamp{}, "/books/kasse", "kasse", {.segment_bytes = 1}, {}));
  byte_buffer payload;
  append_event(payload, as_bytes("debit"));
  require(opened.log->append({event_seq{3}, 1, timestamp{1'700'000'000'200'000}, payload}));
  auto sealed = disk.content("/books/kasse/segment-00000000000000000001.log");
  // Behind the record that starts the second writer's epoch.
  auto footer_begin = records.size() + record_header_bytes;
  REQUIRE(sealed.size() > footer_begin);
  check_golden(byte_span{sealed}.subspan(footer_begin), "footer.hex");
}

TEST_CASE("the golden log verifies") {
  memory_storage disk;
  write_golden_log(disk);
  auto report = require(verify(disk, "/books/kasse", "kasse", {}));
  CHECK(report.last_seq == event_seq{2});
  CHECK(report.book == book_id{0x0123456789abcdef});
}
