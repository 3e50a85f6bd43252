#include "tests/unit/index/index_fixture.hpp"

#include "index/layout.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <atomic>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

struct tidy_fixture : index_fixture {
  /// Ten writes a book, and keys of all sizes of runs.
  void add_many(book_id book) {
    for (std::uint64_t i = 0; i < 10; ++i)
      add_keys(book, last + 1 + i * 300, last + (i + 1) * 300);
    last += 3'000;
  }

  void tidy(book_id book) {
    auto steps = 0;
    while (require(index->tidy_keys(book)))
      REQUIRE(++steps < 1'000);
  }

  void check(book_id book) const {
    CHECK(require(index->keys_mark(book)) == mark_at(last));
    for (std::uint64_t seq = 1; seq <= last; ++seq)
      REQUIRE(find(book, seq) == present(seq));
    for (auto seq = last + 1; seq <= last + 500; ++seq)
      REQUIRE(find(book, seq) == absent);
  }

  std::uint64_t last = 0;
};

} // namespace

TEST_CASE_METHOD(tidy_fixture, "tidying changes no answer, and comes to an end", "[I5]") {
  for (int round = 0; round < 12; ++round) {
    add_many(book_a);
    if (round % 3 != 0)
      tidy(book_a);
    if (round % 4 == 1)
      open();
  }
  check(book_a);
  tidy(book_a);
  CHECK_FALSE(require(index->tidy_keys(book_a)));
  check(book_a);
  open();
  check(book_a);
}

TEST_CASE_METHOD(tidy_fixture, "what an interrupted tidying left behind is swept away", "[I5]") {
  add_keys(book_a, 1, 100'000); // eight of these take several steps
  last = 100'000;
  for (int i = 1; i < 8; ++i, last += 100'000)
    add_keys(book_a, last + 1, last + 100'000);
  CHECK(require(index->tidy_keys(book_a)));
  CHECK(require(index->tidy_keys(book_a)));
  require(index->flush());
  open();
  add_keys(book_a, last + 1, last + 10);
  last += 10;
  for (std::uint64_t seq = 1; seq <= last; seq += 991)
    REQUIRE(find(book_a, seq) == present(seq));
  tidy(book_a);
  for (std::uint64_t seq = 1; seq <= last; seq += 991)
    REQUIRE(find(book_a, seq) == present(seq));
  CHECK(find(book_a, last + 1) == absent);
}

TEST_CASE_METHOD(tidy_fixture, "after an opening tidying makes new keys known to be new") {
  for (int i = 0; i < 3; ++i)
    add_many(book_a);
  require(index->flush());
  open();
  auto known_to_be_new = [&] {
    std::size_t count = 0;
    for (auto seq = last + 1; seq <= last + 1'000; ++seq) {
      auto answer = find(book_a, seq, effort::memory);
      REQUIRE((answer == absent || answer == unknown));
      count += answer == absent;
    }
    return count;
  };
  CHECK(known_to_be_new() == 0);
  tidy(book_a);
  CHECK(known_to_be_new() > 980);
  check(book_a);
}

TEST_CASE_METHOD(tidy_fixture, "without room for filters every key is looked for", "[I5]") {
  options.key_filter_bytes = GENERATE(std::size_t{0}, std::size_t{4'000});
  open();
  add_many(book_a);
  add_many(book_a);
  tidy(book_a);
  check(book_a);
  open();
  tidy(book_a);
  check(book_a);
}

TEST_CASE_METHOD(tidy_fixture, "keys are found while others are added, tidied and forgotten",
                 "[I5]") {
  add_many(book_a);
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> durable{last};
  auto reader = std::async(std::launch::async, [&] {
    for (std::uint64_t i = 0; !stop; ++i) {
      auto seq = 1 + mix(i) % durable;
      auto allowed = i % 3 == 0 ? effort::memory : effort::disk;
      auto answer = index->find_key(book_a, key_of(seq), allowed);
      if (!answer || (*answer != present(seq) && (allowed == effort::disk || *answer != unknown)))
        return seq;
      auto forgotten = index->find_key(book_b, key_of(seq), effort::disk);
      if (!forgotten || (*forgotten != present(seq) && *forgotten != absent))
        return seq;
    }
    return std::uint64_t{0};
  });
  for (int round = 0; round < 40; ++round) {
    add_many(book_a);
    durable = last;
    tidy(book_a);
    require(index->add_keys(book_b, uses(1, 500), {}, mark_at(500)));
    require(index->forget_keys(book_b, mark_at(500)));
  }
  stop = true;
  CHECK(reader.get() == 0);
}

TEST_CASE_METHOD(tidy_fixture, "a filter that is being filled never hides a key", "[I5]") {
  options.key_filter_bytes = GENERATE(std::size_t{64} << 20, std::size_t{20'000});
  open();
  add_many(book_a);
  add_keys(book_a, last + 1, last + 150'000); // takes three steps
  last += 150'000;
  open();
  for (auto more = true; more;) {
    more = require(index->tidy_keys(book_a));
    for (std::uint64_t seq = 1; seq <= last; seq += 11)
      REQUIRE(find(book_a, seq, effort::memory) != absent);
  }
  for (std::uint64_t seq = 1; seq <= last; ++seq)
    REQUIRE(find(book_a, seq) == present(seq));
}

namespace {

/// Of the reads of files that this passes on, one fails.
struct failing_reads final : rocksdb::EnvWrapper {
  struct reader final : rocksdb::RandomAccessFile {
    reader(failing_reads& env, std::unique_ptr<rocksdb::RandomAccessFile> file)
        : env_(env), file_(std::move(file)) {}

    rocksdb::Status Read(std::uint64_t offset, std::size_t n, rocksdb::Slice* to,
                         char* scratch) const override {
      if (--env_.until_failure == 0)
        return rocksdb::Status::IOError("this read fails");
      return file_->Read(offset, n, to, scratch);
    }

    failing_reads& env_;
    std::unique_ptr<rocksdb::RandomAccessFile> file_;
  };

  failing_reads() : EnvWrapper(rocksdb::Env::Default()) {}

  const char* Name() const override { return "failing reads"; }

  rocksdb::Status NewRandomAccessFile(const std::string& path,
                                      std::unique_ptr<rocksdb::RandomAccessFile>* to,
                                      const rocksdb::EnvOptions& options) override {
    std::unique_ptr<rocksdb::RandomAccessFile> file;
    auto status = EnvWrapper::NewRandomAccessFile(path, &file, options);
    if (status.ok())
      *to = std::make_unique<reader>(*this, std::move(file));
    return status;
  }

  std::atomic<std::int64_t> until_failure{0};
};

} // namespace

TEST_CASE_METHOD(tidy_fixture, "a read that fails once while a filter is filled hides no key",
                 "[I5]") {
  failing_reads env;
  options.env = &env;
  open();
  add_keys(book_a, 1, 100'000);
  last = 100'000;
  auto failing = GENERATE(3, 30, 200, 600);
  open();
  env.until_failure = failing;
  std::size_t errors = 0;
  for (auto more = true; more;) {
    auto tidied = index->tidy_keys(book_a);
    errors += tidied ? 0 : 1;
    more = tidied ? *tidied : true;
  }
  CHECK(errors == 1);
  for (std::uint64_t seq = 1; seq <= last; ++seq)
    REQUIRE(find(book_a, seq) == present(seq));
  index.reset();
}

TEST_CASE_METHOD(tidy_fixture, "filling takes room for each key once") {
  options.key_filter_bytes = 700'000; // for 430,000
  options.cache_bytes = 1;
  open();
  add_keys(book_a, 1, 300'000);
  last = 300'000;
  open();
  tidy(book_a);
  std::size_t known = 0;
  for (auto seq = last + 1; seq <= last + 1'000; ++seq)
    known += find(book_a, seq, effort::memory) == absent;
  CHECK(known > 980);
}

TEST_CASE_METHOD(tidy_fixture, "filters take no more than they may") {
  options.key_filter_bytes = 0;
  options.cache_bytes = 1; // or the cache would know what filling read
  open();
  add_keys(book_a, 1, 10'000);
  last = 10'000;
  open();
  tidy(book_a);
  for (auto seq = last + 1; seq <= last + 50; ++seq)
    CHECK(find(book_a, seq, effort::memory) == unknown);
}

// -- what lies in the database --------------------------------------------------------------------

namespace {

/// The database itself, while nobody has the index open.
struct raw_database {
  explicit raw_database(const std::string& directory) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (auto name : {"default", "keys", "key_runs", "history", "checkpoints"})
      families.emplace_back(name, rocksdb::ColumnFamilyOptions{});
    rocksdb::DB* opened = nullptr;
    auto status = rocksdb::DB::Open({}, directory, families, &handles, &opened);
    INFO(status.ToString());
    REQUIRE(status.ok());
    db.reset(opened);
  }

  ~raw_database() {
    for (auto* x : handles)
      db->DestroyColumnFamilyHandle(x);
  }

  std::vector<std::string> buckets() const {
    std::vector<std::string> keys;
    std::unique_ptr<rocksdb::Iterator> at{db->NewIterator({}, handles[1])};
    for (at->SeekToFirst(); at->Valid(); at->Next())
      keys.push_back(at->key().ToString());
    return keys;
  }

  std::set<std::uint64_t> runs() const {
    std::set<std::uint64_t> numbers;
    for (auto& key : buckets())
      numbers.insert(layout::run_of_bucket_key(key).value());
    return numbers;
  }

  key_directory directory_of(book_id book) const {
    std::string bytes;
    REQUIRE(db->Get({}, handles[2], layout::of_book(book), &bytes).ok());
    return layout::decode_key_directory(bytes).value();
  }

  void remove(const std::string& bucket) {
    rocksdb::WriteOptions options;
    REQUIRE(db->Delete(options, handles[1], bucket).ok());
    REQUIRE(db->Flush({}, handles).ok());
  }

  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

} // namespace

TEST_CASE_METHOD(tidy_fixture, "a bucket that is missing is damage, and no absent key", "[I5]") {
  add_keys(book_a, 1, 5'000);
  index.reset();
  {
    raw_database raw{options.directory};
    auto buckets = raw.buckets();
    REQUIRE(buckets.size() == 64);
    raw.remove(buckets[20]);
  }
  SECTION("for who looks for a key") {
    open();
    std::size_t errors = 0;
    for (std::uint64_t seq = 1; seq <= 5'000; ++seq)
      if (auto found = index->find_key(book_a, key_of(seq), effort::disk))
        REQUIRE(*found == present(seq));
      else
        ++errors;
    CHECK(errors > 30);
    CHECK(open_again().rebuilt);
  }
  SECTION("for who tidies") {
    open();
    result<bool> tidied = true;
    while (tidied && *tidied)
      tidied = index->tidy_keys(book_a);
    CHECK(tidied.error().code() == ec::corrupt);
    CHECK(open_again().rebuilt);
  }
}

TEST_CASE_METHOD(tidy_fixture, "nothing is left of runs that became another, or were interrupted") {
  auto look = [this] {
    index.reset();
    raw_database raw{options.directory};
    std::set<std::uint64_t> named;
    for (auto& run : raw.directory_of(book_a).runs)
      named.insert(run.number);
    return std::pair{raw.runs(), named};
  };
  for (int i = 0; i < 8; ++i, last += 20'000)
    add_keys(book_a, last + 1, last + 20'000); // several steps when they become one
  CHECK(require(index->tidy_keys(book_a)));
  CHECK(require(index->tidy_keys(book_a)));
  auto [there, named] = look();
  CHECK(named.size() == 8);
  CHECK(there.size() == 9);
  open();
  tidy(book_a);
  std::tie(there, named) = look();
  CHECK(named.size() == 1);
  CHECK(there == named);
  open();
  check(book_a);
}
