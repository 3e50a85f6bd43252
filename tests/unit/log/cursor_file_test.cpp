#include "log/cursor_file.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/golden_file.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <rapidcheck.h>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

/// A book's directory `/books/b` on a disk in memory.
struct cursor_fixture {
  cursor_fixture() {
    require(disk.create_directory("/books"));
    require(disk.create_directory(directory));
    require(disk.sync_directory("/"));
    require(disk.sync_directory("/books"));
  }

  static cursor_record at(std::uint64_t seq, std::string name = "mailer") {
    return {std::move(name), book_id{0x0123456789abcdef}, event_seq{seq}, "kind=transaction",
            timestamp{1'700'000'000'123'456}};
  }

  void store(const cursor_record& x) { require(store_cursor(disk, directory, x)); }

  std::optional<cursor_record> load(std::string_view name = "mailer") {
    return require(load_cursor(disk, directory, name));
  }

  void check_corrupt(byte_buffer damaged) {
    disk.replace(path, std::move(damaged));
    auto loaded = load_cursor(disk, directory, "mailer");
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().code() == ec::corrupt);
    CHECK(loaded.error().get("file") == path);
    CHECK(loaded.error().get("offset") == "0");
  }

  memory_storage disk;
  std::string directory = "/books/b";
  std::string path = "/books/b/cursor-mailer.pos";
};

} // namespace

TEST_CASE("a cursor's position is loaded as it was stored") {
  cursor_fixture book;
  CHECK_FALSE(book.load());
  book.store(book.at(7));
  CHECK(book.load() == book.at(7));
  book.store(book.at(8));
  CHECK(book.load() == book.at(8));
  CHECK(book.disk.files().size() == 1);
}

TEST_CASE("a position of any content comes back") {
  REQUIRE(rc::check([](std::uint64_t id, std::uint64_t seq, std::string filter, std::int64_t us) {
    auto letters = std::string{"az09._-"};
    auto rest = *rc::gen::container<std::string>(rc::gen::elementOf(letters));
    auto name = ("c" + rest).substr(0, cursor_name_bytes_max);
    cursor_record x{name, book_id{id}, event_seq{seq}, filter, timestamp{us}};
    cursor_fixture book;
    book.store(x);
    RC_ASSERT(book.load(name) == x);
  }));
}

TEST_CASE("a filter has a limit", "[I12]") {
  cursor_fixture book;
  auto x = book.at(7);
  x.filter.assign(cursor_filter_bytes_max, 'x');
  book.store(x);
  CHECK(book.load() == x);
  x.filter += 'x';
  auto refused = store_cursor(book.disk, book.directory, x);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::limit_exceeded);
  CHECK(refused.error().get("would_be") == "65537");
}

TEST_CASE("cursor names that are accepted") {
  auto name =
      GENERATE(as<std::string>{}, "a", "0", "mailer-2.eu_west", "a..", std::string(100, 'z'));
  cursor_fixture book;
  CAPTURE(name);
  book.store(book.at(7, name));
  CHECK(book.load(name) == book.at(7, name));
  CHECK(require(list_cursors(book.disk, book.directory)) == std::vector{name});
}

TEST_CASE("cursor names that are refused") {
  auto name = GENERATE(as<std::string>{}, "", ".", "..", "-a", "_a", ".a", "A", "a/b", "a b", "ä",
                       std::string{"a\0b", 3}, std::string(101, 'z'));
  cursor_fixture book;
  CAPTURE(name);
  for (auto& refused : {check_cursor_name(name).error(),
                        store_cursor(book.disk, book.directory, book.at(7, name)).error(),
                        load_cursor(book.disk, book.directory, name).error(),
                        remove_cursor(book.disk, book.directory, name).error()}) {
    CHECK(refused.code() == ec::invalid_name);
    CHECK(refused.fields().front().first == "name");
  }
  CHECK(book.disk.files().empty());
}

TEST_CASE("cursors are listed by name, and nothing else is") {
  cursor_fixture book;
  for (auto name : {"b", "a-b", "a", "a.pos"})
    book.store(book.at(7, name));
  for (auto name : {".cursor-c.tmp", "cursor-.pos", "cursor-C.pos", "cursor-c.pos.old",
                    "snapshot-00000000000000000010.snap"})
    require(book.disk.open(book.directory + "/" + name, open_mode::create_new));
  CHECK(require(list_cursors(book.disk, book.directory)) ==
        std::vector<std::string>{"a", "a-b", "a.pos", "b"});
}

TEST_CASE("a removed cursor is gone, with what storing it left") {
  cursor_fixture book;
  book.store(book.at(7));
  require(book.disk.open(book.directory + "/.cursor-mailer.tmp", open_mode::create_new));
  CHECK(require(remove_cursor(book.disk, book.directory, "mailer")));
  CHECK_FALSE(require(remove_cursor(book.disk, book.directory, "mailer")));
  CHECK(book.disk.files().empty());
  book.disk.crash(1);
  CHECK_FALSE(book.load());
}

TEST_CASE("a cursor file that was cut short is refused at every length") {
  cursor_fixture book;
  book.store(book.at(7));
  auto good = book.disk.content(book.path);
  for (std::size_t length = 0; length < good.size(); ++length) {
    CAPTURE(length);
    book.check_corrupt({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)});
  }
}

TEST_CASE("a cursor file with one wrong byte, or one too many, is refused") {
  cursor_fixture book;
  book.store(book.at(7));
  auto good = book.disk.content(book.path);
  for (std::size_t i = 0; i < good.size(); ++i)
    for (auto flip : {std::byte{0x01}, std::byte{0x80}, std::byte{0xff}}) {
      CAPTURE(i, flip);
      auto damaged = good;
      damaged[i] ^= flip;
      book.check_corrupt(std::move(damaged));
    }
  good.push_back(std::byte{0});
  book.check_corrupt(good);
  book.check_corrupt(byte_buffer(1'000'000));
}

TEST_CASE("a file that verifies must still make sense") {
  cursor_fixture book;
  book.store(book.at(7));
  auto bytes = book.disk.content(book.path);
  auto [offset, value] =
      GENERATE(table<std::size_t, std::uint32_t>({{8, 0}, {12, 5}, {12, ~0u}, {40, 15}, {44, 1}}));
  CAPTURE(offset, value);
  store_le(bytes.data() + offset, value);
  store_le(bytes.data() + bytes.size() - 8, checksum(byte_span{bytes}.first(bytes.size() - 8), 0));
  book.check_corrupt(bytes);
}

TEST_CASE("a cursor file under another name is refused") {
  cursor_fixture book;
  book.store(book.at(7, "another"));
  require(book.disk.rename(book.directory + "/cursor-another.pos", book.path));
  book.check_corrupt(book.disk.content(book.path));
}

TEST_CASE("a cursor file of a newer format is told from a bad one") {
  cursor_fixture book;
  book.store(book.at(7));
  auto bytes = book.disk.content(book.path);
  store_le(bytes.data() + 8, std::uint32_t{2});
  store_le(bytes.data() + bytes.size() - 8, checksum(byte_span{bytes}.first(bytes.size() - 8), 0));
  book.disk.replace(book.path, bytes);
  auto loaded = load_cursor(book.disk, book.directory, "mailer");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code() == ec::invalid_argument);
  CHECK(loaded.error().get("file") == book.path);
}

TEST_CASE("a cursor that cannot be read is not absent") {
  cursor_fixture book;
  faulty_storage faulty{book.disk};
  book.store(book.at(7));
  faulty.set({GENERATE(operation::open, operation::read), 1});
  auto loaded = load_cursor(faulty, book.directory, "mailer");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().code() == ec::io);
}

TEST_CASE("whatever fails, a cursor is where it was or where it was to be", "[I2]") {
  auto seed = GENERATE(range(1, 33));
  auto for_good = GENERATE(false, true);
  auto calls = 0;
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, for_good, n);
    cursor_fixture book;
    faulty_storage faulty{book.disk};
    book.store(book.at(7));
    faulty.on_failed_sync([&](auto& path) { book.disk.drop_dirty(path, seed); });
    faulty.set({operation::change, n, EIO, for_good, seed % 2U});
    auto failed = store_cursor(faulty, book.directory, book.at(8));
    if (!faulty.has_failed())
      break;
    ++calls;
    if (!for_good)
      CHECK((book.load() == book.at(7) || book.load() == book.at(8)));
    book.disk.crash(static_cast<std::uint64_t>(seed));
    CHECK(((!failed && book.load() == book.at(7)) || book.load() == book.at(8)));
    book.store(book.at(9));
    book.disk.crash(static_cast<std::uint64_t>(seed) + 100);
    CHECK(book.load() == book.at(9));
  }
  CHECK(calls == 5);
}

TEST_CASE("a cursor's bytes on disk are the golden file's") {
  cursor_fixture book;
  book.store(book.at(7));
  check_golden(book.disk.content(book.path), "cursor.hex");
}
