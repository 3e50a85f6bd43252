#include "log/posix_storage.hpp"

#include "log/data_directory.hpp"
#include "log/io_error.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

struct temporary_directory {
  temporary_directory() {
    path = (std::filesystem::temp_directory_path() / "daybook-log-XXXXXX").string();
    REQUIRE(::mkdtemp(path.data()));
  }
  ~temporary_directory() { std::filesystem::remove_all(path); }

  std::string operator/(std::string_view name) const { return join(path, name); }

  std::string path;
};

std::size_t open_files() {
  std::size_t count = 0;
  for ([[maybe_unused]] auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

mode_t mode_of(const std::string& path) {
  struct stat status;
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

} // namespace

TEST_CASE("a file holds what was written to it") {
  temporary_directory directory;
  posix_storage disk;
  auto path = directory / "a";
  auto file = require(disk.open(path, open_mode::create_new));
  auto bytes = make_payload(1, 3, 5000);
  require(file->write_at(10, bytes));
  require(file->sync());
  CHECK(require(file->size()) == 10 + bytes.size());
  for (auto mode : {open_mode::read, open_mode::read_past_cache, open_mode::write}) {
    auto again = require(disk.open(path, mode));
    byte_buffer got(bytes.size() + 100);
    CHECK(require(again->read_at(10, got)) == bytes.size());
    got.resize(bytes.size());
    CHECK(got == bytes);
    CHECK(require(again->read_at(10 + bytes.size(), got)) == 0);
    CHECK(require(again->read_at(1 << 20, got)) == 0);
    byte_buffer few(7);
    CHECK(require(again->read_at(5000, few)) == 7);
    CHECK(std::equal(few.begin(), few.end(), bytes.begin() + 4990));
  }
  require(file->truncate(100));
  CHECK(require(file->size()) == 100);
  CHECK(mode_of(path) == 0600);
}

TEST_CASE("a file that was opened to be read can be synced") {
  temporary_directory directory;
  posix_storage disk;
  auto path = directory / "a";
  auto written = require(disk.open(path, open_mode::create_new));
  require(written->write_at(0, make_payload(1, 1, 5000)));
  for (auto mode : {open_mode::read, open_mode::read_past_cache})
    require(require(disk.open(path, mode))->sync());
}

TEST_CASE("a log is read beside its writer") {
  temporary_directory directory;
  posix_storage disk;
  counting_random random;
  auto path = directory / "b";
  auto opened = require(book_log::open(disk, random, timestamp{1}, path, "b",
                                       {.segment_bytes = 100'000, .create_if_missing = true}, {}));
  std::atomic<bool> done = false;
  std::atomic<bool> wrong = false;
  std::thread reader{[&] {
    std::uint64_t before = 0;
    while (!done) {
      auto report = verify(disk, path, "b", {});
      wrong = wrong || !report || report->last_seq.value() < before;
      before = report ? report->last_seq.value() : before;
    }
  }};
  for (std::uint64_t seq = 1; seq <= 200; ++seq)
    require(opened.log->append({event_seq{seq}, 1, timestamp{1}, make_payload(seq, 1, seq * 37)}));
  done = true;
  reader.join();
  CHECK_FALSE(wrong);
  CHECK(require(verify(disk, path, "b", {})).last_seq == event_seq{200});
  for (std::uint64_t seq = 1; seq <= 200; ++seq) {
    auto one = require(batch_reader::read_range(disk, path, "b", event_seq{seq}, event_seq{seq},
                                                opened.log->places().get()));
    CHECK(require(one.next())->first_seq == event_seq{seq});
  }
}

TEST_CASE("reading past the cache gives the same bytes at any place and length") {
  temporary_directory directory;
  posix_storage disk;
  auto bytes = make_payload(1, 1, 2'500'000);
  auto file = require(disk.open(directory / "a", open_mode::create_new));
  require(file->write_at(0, bytes));
  auto direct = require(disk.open(directory / "a", open_mode::read_past_cache));
  for (std::size_t offset : {0UL, 1UL, 4095UL, 4096UL, 1'048'575UL, 2'499'990UL})
    for (std::size_t length : {0UL, 1UL, 4096UL, 10'000UL, 1'100'000UL, 3'000'000UL}) {
      CAPTURE(offset, length);
      byte_buffer got(length);
      auto expected = std::min(length, bytes.size() - offset);
      REQUIRE(require(direct->read_at(offset, got)) == expected);
      CHECK(std::equal(got.begin(), got.begin() + expected, bytes.begin() + offset));
    }
}

TEST_CASE("directories and names") {
  temporary_directory directory;
  posix_storage disk;
  auto inner = directory / "inner";
  require(disk.create_directory(inner));
  CHECK(mode_of(inner) == 0700);
  CHECK(disk.create_directory(inner).error().get("errno") == "EEXIST");
  CHECK(require(disk.kind(inner)) == entry_kind::directory);
  CHECK(require(disk.kind(directory / "none")) == entry_kind::none);
  for (auto* name : {"c", "a", "b"})
    require(disk.open(join(inner, name), open_mode::create_new));
  CHECK(require(disk.kind(join(inner, "a"))) == entry_kind::file);
  CHECK(require(disk.list(inner)) == std::vector<std::string>{"a", "b", "c"});
  require(disk.rename(join(inner, "b"), join(inner, "d")));
  require(disk.remove(join(inner, "a")));
  require(disk.sync_directory(inner));
  CHECK(require(disk.list(inner)) == std::vector<std::string>{"c", "d"});
  CHECK(disk.remove(inner).error().get("errno") == "ENOTEMPTY");
}

TEST_CASE("errors say what, where and why") {
  temporary_directory directory;
  posix_storage disk;
  auto path = directory / "none";
  auto missing = disk.open(path, open_mode::read);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code() == ec::io);
  CHECK(missing.error().get("path") == path);
  CHECK(missing.error().get("operation") == "open");
  CHECK(missing.error().get("errno") == "ENOENT");
  for (auto mode : {open_mode::read_past_cache, open_mode::write})
    CHECK(disk.open(path, mode).error().get("errno") == "ENOENT");
  require(disk.open(path, open_mode::create_new));
  CHECK(disk.open(path, open_mode::create_new).error().get("errno") == "EEXIST");
  auto read_only = require(disk.open(path, open_mode::read));
  CHECK(read_only->write_at(0, as_bytes("x")).error().get("operation") == "write");
  CHECK(disk.list(path).error().get("operation") == "list");
  CHECK(disk.sync_directory(directory / "x").error().get("operation") == "open");
  CHECK(io_error("/p", "write", EROFS).value().get("errno") == "EROFS");
}

TEST_CASE("a lock is held once, names its holder, and is released", "[I10]") {
  temporary_directory directory;
  posix_storage disk;
  auto path = directory / "LOCK";
  CHECK(disk.lock(path).error().get("errno") == "ENOENT");
  require(disk.open(path, open_mode::create_new));
  {
    auto held = require(disk.lock(path));
    auto refused = disk.lock(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ec::locked);
    CHECK(refused.error().get("path") == path);
    CHECK(refused.error().get("pid") == std::to_string(::getpid()));
  }
  CHECK(disk.lock(path));
  auto held = require(disk.lock(directory.path));
  CHECK(disk.lock(directory.path).error().code() == ec::locked);
  CHECK(std::filesystem::file_size(path) == 0);
}

TEST_CASE("a book on a real disk comes back, and no file stays open") {
  temporary_directory directory;
  posix_storage disk;
  counting_random random;
  log_options options;
  options.create_if_missing = true;
  options.segment_bytes = 200'000;
  auto before = open_files();
  kept_batches written;
  chain_hash chain{};
  for (int life = 0; life < 3; ++life) {
    auto data = require(data_directory::open(disk, directory / "data", if_missing::create));
    CHECK(data_directory::open(disk, directory / "data", if_missing::create).error().code() ==
          ec::locked);
    kept_batches found;
    auto opened = require(book_log::open(disk, random, timestamp{1}, data.book_directory("b"), "b",
                                         options, keep_in(found)));
    CHECK(found == written);
    for (std::size_t i = 0; i < 20; ++i) {
      auto first = opened.log->last_seq().value() + 1;
      auto payload = make_payload(first, 3, 5000 + i);
      auto done = require(opened.log->append({event_seq{first}, 3, timestamp{1}, payload}));
      chain = done.chain;
      written.push_back({first, 3, 1, chain, payload});
    }
    if (life == 1)
      opened.log->close();
  }
  CHECK(open_files() == before);
  kept_batches found;
  auto report = require(verify(disk, directory / "data/books/b", "b", keep_in(found)));
  CHECK(found == written);
  CHECK(report.chain == chain);
  CHECK(report.segments > 2);
  CHECK_FALSE(report.torn);
}
