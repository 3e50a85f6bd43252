#include "tests/support/memory_storage.hpp"

#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

#include <set>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

byte_buffer filled(std::size_t size, int value) {
  return byte_buffer(size, static_cast<std::byte>(value));
}

std::string read(storage& disk, const std::string& path, open_mode mode) {
  auto opened = require(disk.open(path, mode));
  std::string text(require(opened->size()), '\0');
  auto got = require(opened->read_at(0, std::as_writable_bytes(std::span{text})));
  CHECK(got == text.size());
  return text;
}

} // namespace

TEST_CASE("what was synced survives every crash, the rest survives some") {
  std::set<std::string> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    memory_storage disk;
    auto opened = require(disk.open("/a", open_mode::create_new));
    require(opened->write_at(0, filled(1024, 'x')));
    require(opened->sync());
    require(disk.sync_directory("/"));
    require(opened->write_at(512, filled(1024, 'y')));
    opened.reset();
    disk.crash(seed);
    auto text = read(disk, "/a", open_mode::read);
    CHECK(text.substr(0, 512) == std::string(512, 'x'));
    for (char& c : text)
      c = c == '\0' ? '0' : c;
    std::string outcome;
    for (std::size_t i = 0; i < text.size(); i += 512)
      outcome += text[i];
    outcomes.insert(outcome);
  }
  CHECK(outcomes.contains("xx"));
  CHECK(outcomes.contains("xy"));
  CHECK(outcomes.contains("xxy"));
  CHECK(outcomes.contains("xyy"));
  CHECK(outcomes.contains("xy0"));
}

TEST_CASE("names survive a crash when their directory was synced") {
  std::set<std::vector<std::string>> outcomes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    memory_storage disk;
    require(disk.open("/a", open_mode::create_new));
    require(disk.sync_directory("/"));
    require(disk.rename("/a", "/b"));
    require(disk.create_directory("/d"));
    disk.crash(seed);
    outcomes.insert(require(disk.list("/")));
  }
  CHECK(outcomes == std::set<std::vector<std::string>>{{"a"}, {"b"}, {"a", "d"}, {"b", "d"}});
}

TEST_CASE("after a failed sync the cache and the device differ, until a crash tells") {
  auto found_difference = false;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    memory_storage disk;
    auto opened = require(disk.open("/a", open_mode::create_new));
    require(disk.sync_directory("/"));
    require(opened->write_at(0, filled(1024, 'x')));
    disk.drop_dirty("/a", seed);
    require(opened->sync());
    auto cached = read(disk, "/a", open_mode::read);
    auto device = read(disk, "/a", open_mode::read_past_cache);
    CHECK(cached == std::string(1024, 'x'));
    found_difference = found_difference || cached != device;
    opened.reset();
    disk.crash(seed);
    CHECK(read(disk, "/a", open_mode::read) == device);
  }
  CHECK(found_difference);
}

TEST_CASE("reading past the cache sees what a sync would write") {
  memory_storage disk;
  auto opened = require(disk.open("/a", open_mode::create_new));
  require(opened->write_at(0, filled(600, 'x')));
  CHECK(read(disk, "/a", open_mode::read_past_cache) == std::string(600, 'x'));
}

TEST_CASE("a lost truncation leaves the old file, not a mixture") {
  std::set<std::pair<std::size_t, char>> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    memory_storage disk;
    auto opened = require(disk.open("/a", open_mode::create_new));
    require(disk.sync_directory("/"));
    require(opened->write_at(0, filled(12'288, 'x')));
    require(opened->sync());
    require(opened->truncate(4096));
    require(opened->write_at(4096, filled(4096, 'y')));
    opened.reset();
    disk.crash(seed);
    auto text = read(disk, "/a", open_mode::read);
    outcomes.emplace(text.size(), text.size() > 4096 ? text[4096] : '-');
    if (text.size() == 12'288)
      CHECK(text == std::string(12'288, 'x'));
  }
  CHECK(outcomes.contains({12'288, 'x'}));
  CHECK(outcomes.contains({4096, '-'}));
  CHECK(outcomes.contains({8192, 'y'}));
}
