#include "log/small_file.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <rapidcheck.h>

#include <string>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

struct small_file_fixture {
  small_file_fixture() {
    require(disk.create_directory(directory));
    require(disk.sync_directory("/"));
  }

  void write(std::string_view content) {
    require(write_small_file(disk, directory, "record", as_bytes(content)));
  }

  std::optional<std::string> read() {
    auto bytes = require(read_small_file(disk, directory, "record"));
    return bytes ? std::optional{std::string{as_text(*bytes)}} : std::nullopt;
  }

  error refusal(byte_buffer damaged) {
    disk.replace(path, std::move(damaged));
    auto got = read_small_file(disk, directory, "record");
    REQUIRE_FALSE(got);
    return got.error();
  }

  memory_storage disk;
  std::string directory = "/d";
  std::string path = "/d/record";
};

} // namespace

TEST_CASE("a small file is read as it was written") {
  small_file_fixture file;
  CHECK_FALSE(file.read());
  for (auto* content : {"one", "", "another one"}) {
    file.write(content);
    CHECK(file.read() == content);
  }
  CHECK(file.disk.files().size() == 1);
}

TEST_CASE("a small file that is damaged anywhere is corrupt", "[I8]") {
  small_file_fixture file;
  file.write("some content");
  auto whole = file.disk.files().at(file.path);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    auto damaged = whole;
    damaged[i] ^= std::byte{0x10};
    auto refused = file.refusal(std::move(damaged));
    CHECK(refused.code() == ec::corrupt);
    CHECK(refused.get("file") == file.path);
  }
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(file.refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}).code() ==
          ec::corrupt);
}

TEST_CASE("a small file of a newer format is not called corrupt") {
  small_file_fixture file;
  file.write("x");
  auto bytes = file.disk.files().at(file.path);
  bytes[8] = std::byte{2};
  auto content = byte_span{bytes}.first(bytes.size() - 8);
  store_le(bytes.data() + content.size(), checksum(content, 0));
  auto refused = file.refusal(std::move(bytes));
  CHECK(refused.code() == ec::invalid_argument);
  CHECK(refused.get("field") == "format_version");
}

TEST_CASE("a small file whose writing failed is the old one or the new one") {
  for (std::uint64_t nth = 1; nth < 12; ++nth) {
    CAPTURE(nth);
    small_file_fixture file;
    file.write("old");
    faulty_storage faulty{file.disk};
    faulty.set({.what = operation::change, .nth = nth});
    auto written = write_small_file(faulty, file.directory, "record", as_bytes("new"));
    auto found = file.read();
    CHECK((found == "old" || found == "new"));
    if (written)
      CHECK(found == "new");
  }
}

TEST_CASE("what is no small file any more is refused") {
  small_file_fixture file;
  byte_buffer large(small_file_bytes_max + 1);
  auto written = write_small_file(file.disk, file.directory, "record", large);
  REQUIRE_FALSE(written);
  CHECK(written.error().code() == ec::limit_exceeded);
  CHECK_FALSE(file.read());
}
