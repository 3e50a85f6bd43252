#include "log/format.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

// The bytes on disk change only together with the format's version: change this file and
// docs/format.md only when that is what you want. DAYBOOK_WRITE_GOLDEN=1 rewrites the file.

namespace {

const std::string source_root = DAYBOOK_SOURCE_DIR;
const std::string golden_path = source_root + "/tests/testdata/log/two_events.hex";

class fixed_random final : public random_source {
public:
  std::uint64_t next() override { return std::exchange(next_, 0x8877665544332211); }

private:
  std::uint64_t next_ = 0x0123456789abcdef;
};

/// As `hexdump -C` without the text: lines of zeros are left out behind a `*`.
std::string dump(byte_span bytes) {
  std::string text;
  auto skipping = false;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    auto line = bytes.subspan(at, std::min<std::size_t>(16, bytes.size() - at));
    auto skip = line.size() == 16 && all_zero(line);
    if (skip && !skipping)
      text += "*\n";
    skipping = skip;
    if (skip)
      continue;
    text += fmt::format("{:08x} ", at);
    for (std::size_t i = 0; i < line.size(); ++i)
      text += fmt::format("{}{:02x}", i == 8 ? "  " : " ", std::to_integer<int>(line[i]));
    text += '\n';
  }
  return text + fmt::format("{:08x}\n", bytes.size());
}

std::string read_text(const std::string& path) {
  std::ifstream file{path};
  REQUIRE(file);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

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

TEST_CASE("the bytes on disk are the golden file's") {
  memory_storage disk;
  auto text = dump(write_golden_log(disk));
  if (std::getenv("DAYBOOK_WRITE_GOLDEN"))
    std::ofstream{golden_path} << text;
  CHECK(text == read_text(golden_path));
}

TEST_CASE("the documentation's worked example is the golden file") {
  auto page = read_text(source_root + "/docs/format.md");
  CHECK_THAT(page, Catch::Matchers::ContainsSubstring(read_text(golden_path)));
}

TEST_CASE("the golden log verifies") {
  memory_storage disk;
  write_golden_log(disk);
  auto report = require(verify(disk, "/books/kasse", "kasse", {}));
  CHECK(report.last_seq == event_seq{2});
  CHECK(report.book == book_id{0x0123456789abcdef});
}
