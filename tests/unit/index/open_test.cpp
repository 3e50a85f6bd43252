#include "tests/unit/index/index_fixture.hpp"

#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <unistd.h>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

const std::vector<std::string> families{"default", "keys", "key_runs", "history", "checkpoints"};

/// Does something to a closed index behind its back.
template <class F>
void with_rocksdb(const std::string& directory, F change) {
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (auto& name : families)
    descriptors.emplace_back(name, rocksdb::ColumnFamilyOptions{});
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  REQUIRE(rocksdb::DB::Open({}, directory, descriptors, &handles, &db).ok());
  change(*db, handles);
  for (auto* x : handles)
    REQUIRE(db->DestroyColumnFamilyHandle(x).ok());
  REQUIRE(db->Close().ok());
  delete db;
}

std::uintmax_t bytes_of(const std::string& directory, std::string_view suffix) {
  std::uintmax_t sum = 0;
  for (auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().string().ends_with(suffix))
      sum += entry.file_size();
  return sum;
}

} // namespace

TEST_CASE_METHOD(index_fixture, "the secret is drawn once and stays") {
  auto secret = index->secret();
  CHECK(std::set<std::uint64_t>(secret.begin(), secret.end()).size() == secret.size());
  open();
  CHECK(index->secret() == secret);
}

TEST_CASE_METHOD(index_fixture, "a directory that was deleted is created again", "[I9]") {
  auto secret = index->secret();
  add_keys(book_a, 1, 10);
  index.reset();
  std::filesystem::remove_all(options.directory);
  open();
  CHECK(require(index->keys_mark(book_a)) == mark{});
  CHECK(index->secret() != secret);
}

TEST_CASE_METHOD(index_fixture, "an empty directory is one for a new index") {
  options.directory = parent.path() + "/empty";
  std::filesystem::create_directory(options.directory);
  open();
  add_keys(book_a, 1, 1);
  CHECK(find(book_a, 1) == present(1));
}

TEST_CASE_METHOD(index_fixture, "an index is open once", "[I10]") {
  add_keys(book_a, 1, 10);
  auto refused = side_index::open(options, random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::locked);
  CHECK(refused.error().get("path") == options.directory);
  CHECK(refused.error().get("pid") == std::to_string(::getpid()));
  // Even one that looks as if it had to be thrown away.
  std::filesystem::rename(options.directory + "/CURRENT", options.directory + "/kept");
  CHECK(side_index::open(options, random).error().code() == ec::locked);
  std::filesystem::rename(options.directory + "/kept", options.directory + "/CURRENT");
  CHECK(find(book_a, 10) == present(10));
  open();
  CHECK(find(book_a, 10) == present(10));
}

TEST_CASE_METHOD(index_fixture, "what cannot be created is an error that says where and why") {
  index.reset();
  options.directory = parent.path() + "/no/such";
  auto refused = side_index::open(options, random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::io);
  CHECK(refused.error().get("path") == options.directory);
  CHECK(refused.error().get("errno") == "ENOENT");
  CHECK_FALSE(refused.error().get("operation").empty());
  std::ofstream{parent.path() + "/file"} << "x";
  options.directory = parent.path() + "/file/index";
  refused = side_index::open(options, random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::io);
  CHECK(refused.error().get("errno") == "ENOTDIR");
}

TEST_CASE_METHOD(index_fixture, "a disk that fails to read is no reason to throw an index away",
                 "[I9]") {
  add_keys(book_a, 1, 10);
  index.reset();
  auto current = options.directory + "/CURRENT";
  std::filesystem::rename(current, options.directory + "/kept");
  std::filesystem::create_directory(current);
  auto refused = side_index::open(options, random);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ec::io);
  CHECK(refused.error().get("path") == options.directory);
  std::filesystem::remove(current);
  std::filesystem::rename(options.directory + "/kept", current);
  open();
  CHECK(find(book_a, 10) == present(10));
}

TEST_CASE_METHOD(index_fixture, "what is incomplete or of another format starts empty", "[I9]") {
  auto secret = index->secret();
  add_keys(book_a, 1, 10);
  auto damage = GENERATE("no format record", "a newer format", "no column family", "one too many",
                         "no CURRENT", "no MANIFEST", "CURRENT is empty");
  CAPTURE(damage);
  index.reset();
  auto& directory = options.directory;
  auto is = [&](std::string_view x) { return x == damage; };
  if (is("no CURRENT"))
    std::filesystem::remove(directory + "/CURRENT");
  else if (is("CURRENT is empty"))
    std::filesystem::resize_file(directory + "/CURRENT", 0);
  else if (is("no MANIFEST")) {
    std::string name;
    std::ifstream{directory + "/CURRENT"} >> name;
    REQUIRE(std::filesystem::remove(directory + "/" + name));
  } else
    with_rocksdb(directory, [&](rocksdb::DB& db, auto& handles) {
      if (is("no format record"))
        REQUIRE(db.Delete({}, "daybook").ok());
      else if (is("a newer format"))
        REQUIRE(db.Put({}, "daybook", "\2\0\0\0" + std::string(192, 'x')).ok());
      else if (is("no column family"))
        REQUIRE(db.DropColumnFamily(handles[1]).ok());
      else {
        rocksdb::ColumnFamilyHandle* more = nullptr;
        REQUIRE(db.CreateColumnFamily({}, "more", &more).ok());
        REQUIRE(db.DestroyColumnFamilyHandle(more).ok());
      }
    });
  auto opened = open_again();
  CHECK(opened.rebuilt);
  CHECK_FALSE(opened.why.empty());
  CHECK(opened.index->secret() != secret);
  index = std::move(opened.index);
  CHECK(require(index->keys_mark(book_a)) == mark{});
  CHECK(find(book_a, 10) == absent);
  add_keys(book_a, 1, 20);
  open();
  CHECK(find(book_a, 20) == present(20));
}

TEST_CASE_METHOD(index_fixture,
                 "RocksDB keeps no write-ahead log and little else beside the data") {
  add_keys(book_a, 1, 100'000);
  require(index->flush());
  for (int i = 0; i < 5; ++i)
    open();
  CHECK(bytes_of(options.directory, ".log") == 0);
  CHECK(bytes_of(options.directory, ".sst") > 100'000 * 24);
  std::size_t info_logs = 0;
  for (auto& entry : std::filesystem::directory_iterator(options.directory))
    info_logs += entry.path().filename().string().starts_with("LOG");
  CHECK(info_logs <= 2);
}
