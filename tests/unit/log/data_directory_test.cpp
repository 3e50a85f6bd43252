#include "log/data_directory.hpp"

#include "log/book_log.hpp"
#include "log/verify.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/unit/log/log_fixture.hpp"

#include <catch2/catch_all.hpp>

using namespace daybook;
using namespace daybook::log;
using namespace daybook::test;

namespace {

result<data_directory> open(storage& disk, if_missing missing = if_missing::create) {
  return data_directory::open(disk, "/data", missing);
}

void create_file(storage& disk, const std::string& path) {
  require(disk.open(path, open_mode::create_new));
}

} // namespace

TEST_CASE("a missing data directory is created only when asked for") {
  memory_storage disk;
  auto refused = open(disk, if_missing::refuse);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::not_found);
  CHECK(data_directory::open_read_only(disk, "/data").error().code() == ec::not_found);
  CHECK(require(disk.list("/")).empty());
  {
    auto created = require(open(disk));
    CHECK(require(disk.list("/data")) == std::vector<std::string>{"LOCK", "books", "index"});
    CHECK(require(created.books()).empty());
  }
  disk.crash(GENERATE(1, 2, 3));
  CHECK(open(disk, if_missing::refuse));
}

TEST_CASE("an empty directory becomes a data directory only when asked for") {
  memory_storage disk;
  require(disk.create_directory("/data"));
  SECTION("empty") {}
  SECTION("the top of a volume") { require(disk.create_directory("/data/lost+found")); }
  CHECK(open(disk, if_missing::refuse).error().code() == ec::not_found);
  CHECK(data_directory::open_read_only(disk, "/data").error().code() == ec::not_found);
  CHECK(open(disk));
}

TEST_CASE("somebody else's directory is refused and not touched") {
  memory_storage disk;
  SECTION("a file in its place") { create_file(disk, "/data"); }
  SECTION("other things in it") {
    require(disk.create_directory("/data"));
    create_file(disk, "/data/LOCK");
    create_file(disk, "/data/thesis.txt");
  }
  SECTION("no lock file") {
    require(disk.create_directory("/data"));
    require(disk.create_directory("/data/books"));
  }
  auto before = disk.files();
  for (auto missing : {if_missing::create, if_missing::refuse}) {
    auto refused = open(disk, missing);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == ec::invalid_argument);
    CHECK(refused.error().get("path") == "/data");
    CHECK(refused.error().get("field") == "path");
  }
  CHECK(data_directory::open_read_only(disk, "/data").error().code() == ec::invalid_argument);
  CHECK(disk.files() == before);
}

TEST_CASE("a data directory has one holder", "[I10]") {
  memory_storage disk;
  auto first = open(disk);
  REQUIRE(first);
  auto second = open(disk);
  REQUIRE_FALSE(second);
  CHECK(second.error().code() == ec::locked);
  CHECK(data_directory::open_read_only(disk, "/data"));
  {
    auto released = std::move(*first);
  }
  CHECK(open(disk));
}

TEST_CASE("books are listed by name, and interrupted creations are removed") {
  memory_storage disk;
  counting_random random;
  log_options options;
  options.create_if_missing = true;
  {
    auto data = require(open(disk));
    for (auto* name : {"zoe", "anna"})
      require(
          book_log::open(disk, random, timestamp{}, data.book_directory(name), name, options, {}));
    require(disk.create_directory("/data/books/.new-1"));
    create_file(disk, "/data/books/.new-1/segment-00000000000000000001.log");
    create_file(disk, "/data/books/README");
    CHECK(require(data.books()) == std::vector<std::string>{"anna", "zoe"});
  }
  auto data = require(data_directory::open(disk, "/data/", if_missing::refuse));
  CHECK(data.path() == "/data");
  CHECK(data.book_directory("anna") == "/data/books/anna");
  CHECK(data.index_directory() == "/data/index");
  CHECK(require(disk.kind("/data/books/.new-1")) == entry_kind::none);
  CHECK(require(data.books()) == std::vector<std::string>{"anna", "zoe"});
}

TEST_CASE("power may go at any call while a data directory and a book are created", "[I1]") {
  auto seed = GENERATE(range(1, 9));
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, n);
    memory_storage disk;
    faulty_storage faulty{disk};
    counting_random random;
    log_options options;
    options.create_if_missing = true;
    faulty.set({operation::change, n, EIO, true});
    auto completed = false;
    if (auto data = open(faulty))
      completed =
          book_log::open(faulty, random, timestamp{}, data->book_directory("b"), "b", options, {})
              .has_value();
    disk.crash(static_cast<std::uint64_t>(seed));
    auto data = require(open(disk));
    auto books = require(data.books());
    CHECK((!completed || books.size() == 1));
    for (auto& name : books)
      require(verify(disk, data.book_directory(name), name, {}));
    require(book_log::open(disk, random, timestamp{}, data.book_directory("b"), "b", options, {}));
    if (!faulty.has_failed())
      break;
  }
}

TEST_CASE("power may go at any call while a book comes and another goes", "[I10]") {
  auto seed = GENERATE(range(1, 9));
  for (std::uint64_t n = 1;; ++n) {
    CAPTURE(seed, n);
    memory_storage disk;
    faulty_storage faulty{disk};
    counting_random random;
    log_options options;
    options.create_if_missing = true;
    auto come = false;
    auto gone = false;
    {
      auto data = require(open(faulty));
      auto create = [&](const std::string& directory, const std::string& name) {
        require(book_log::open(faulty, random, timestamp{}, directory, name, options, {}));
      };
      create(data.book_directory("goes"), "goes");
      auto unfinished = require(data.make_unfinished(random));
      // Its files, as somebody else would send them.
      memory_storage elsewhere;
      require(elsewhere.create_directory("/books"));
      require(book_log::open(elsewhere, random, timestamp{}, "/books/comes", "comes", options, {}));
      for (auto& [path, content] : elsewhere.files()) {
        auto file = require(
            faulty.open(join(unfinished, path.substr(path.rfind('/') + 1)), open_mode::create_new));
        require(file->write_at(0, content));
        require(file->sync());
      }
      faulty.set({operation::change, n, EIO, true});
      come = data.take_in(unfinished, "comes").has_value();
      gone = data.let_go("goes", random).has_value();
    }
    disk.crash(static_cast<std::uint64_t>(seed));
    auto data = require(open(disk));
    auto books = require(data.books());
    auto has = [&](const char* name) { return std::ranges::find(books, name) != books.end(); };
    CHECK((has("comes") || !come));
    CHECK((!has("goes") || !gone));
    for (auto& name : books)
      require(verify(disk, data.book_directory(name), name, {}));
    for (auto& name : require(disk.list("/data/books")))
      CHECK_FALSE(name.starts_with("."));
    if (!faulty.has_failed())
      break;
  }
}

TEST_CASE("a book does not come in place of another") {
  memory_storage disk;
  counting_random random;
  auto data = require(open(disk));
  log_options options;
  options.create_if_missing = true;
  require(book_log::open(disk, random, timestamp{}, data.book_directory("b"), "b", options, {}));
  auto unfinished = require(data.make_unfinished(random));
  CHECK(data.take_in(unfinished, "b").error().code() == ec::already_exists);
  CHECK(require(data.books()) == std::vector<std::string>{"b"});
  require(verify(disk, data.book_directory("b"), "b", {}));
  require(data.let_go("nobody", random));
}
