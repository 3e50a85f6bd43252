#include "node/backup.hpp"

#include "tests/support/memory_storage.hpp"

#include <catch2/catch_all.hpp>

#include <array>
#include <string>

using namespace daybook;
using namespace daybook::test;

TEST_CASE("a copy of a file that is written meanwhile ends torn, and has no hole") {
  constexpr std::size_t chunk = 1024 * 1024;
  const std::string path = "/from/books/b/segment-00000000000000000001.log";
  memory_storage disk;
  for (auto* directory : {"/from", "/from/books", "/from/index", "/from/books/b"})
    REQUIRE(disk.create_directory(directory));
  REQUIRE(disk.open("/from/LOCK", log::open_mode::create_new));
  {
    auto file = disk.open(path, log::open_mode::create_new);
    REQUIRE(file);
    REQUIRE((*file)->truncate(4 * chunk));
  }
  // The writer goes through the zeros from the beginning while they are copied.
  std::size_t written = 0;
  auto write_on = [&](std::uint64_t) {
    auto file = disk.open(path, log::open_mode::write);
    REQUIRE(file);
    for (int i = 0; i < 2 && written < 4; ++i, ++written)
      REQUIRE((*file)->write_at(written * chunk, std::array{std::byte{1}}));
  };
  auto from = log::data_directory::open_read_only(disk, "/from");
  REQUIRE(from);
  auto report = node::back_up(disk, *from, "/to", write_on);
  REQUIRE(report);
  CHECK(report->books == std::vector<std::string>{"b"});
  CHECK(written == 4);
  auto copy = disk.files().at("/to/books/b/segment-00000000000000000001.log");
  REQUIRE(copy.size() == 4 * chunk);
  auto is_written = [&](std::size_t n) { return copy[n * chunk] == std::byte{1}; };
  for (std::size_t n = 1; n < 4; ++n) {
    CAPTURE(n);
    CHECK((is_written(n - 1) || !is_written(n)));
  }
  CHECK(is_written(0));
}
