#include "tests/unit/index/index_fixture.hpp"

#include <filesystem>
#include <fstream>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t events = 3000;
constexpr account_no account{0};

/// What was found in a damaged index. Wrong answers fail the test where they are found.
struct findings {
  std::size_t rebuilt = 0;
  std::size_t errors = 0; ///< indexes where a read was an error
  std::size_t whole = 0;
};

/// A closed index of two generations, copied and damaged again and again.
struct damage_fixture : index_fixture {
  damage_fixture() {
    for (std::uint64_t first : {std::uint64_t{1}, events / 2 + 1}) {
      auto last = first + events / 2 - 1;
      add_keys(book_a, first, last);
      history_update update;
      for (auto seq = first; seq <= last; ++seq)
        update.posting(account, event_seq{seq}, value_of(seq));
      update.batch(timestamp{static_cast<std::int64_t>(last)}, event_seq{last});
      require(index->add_history(book_a, update, mark_at(last)));
      open(); // closing writes all
    }
    secret = index->secret();
    index.reset();
    original = options.directory;
  }

  std::vector<fs::path> files(std::string_view part) const {
    std::vector<fs::path> found;
    for (auto& entry : fs::directory_iterator(original))
      if (entry.path().filename().string().find(part) != std::string::npos)
        found.push_back(entry.path().filename());
    REQUIRE_FALSE(found.empty());
    return found;
  }

  /// Damages `file` of a copy, opens it, and checks that it says nothing that is wrong.
  template <class F>
  void try_damage(const fs::path& file, F damage) {
    options.directory = parent.path() + "/copy";
    fs::remove_all(options.directory);
    fs::copy(original, options.directory);
    damage(fs::path{options.directory} / file);
    auto opened = open_again();
    if (opened.rebuilt) {
      ++seen.rebuilt;
      CHECK(require(opened.index->keys_mark(book_a)) == mark{});
      CHECK(require(opened.index->history_mark(book_a)) == mark{});
      return;
    }
    CHECK(opened.index->secret() == secret);
    auto keys = keys_are_right(*opened.index);
    auto history = history_is_right(*opened.index);
    ++(keys && history ? seen.whole : seen.errors);
  }

  /// An error must be one that says that the index is damaged.
  template <class T>
  static bool readable(const result<T>& x) {
    if (!x)
      REQUIRE((x.error().code() == ec::corrupt || x.error().code() == ec::io));
    return x.has_value();
  }

  /// False when a read was an error.
  bool keys_are_right(const side_index& x) const {
    auto mark = x.keys_mark(book_a);
    auto all_readable = readable(mark);
    auto last = mark ? mark->seq.value() : events;
    for (std::uint64_t seq = 1; seq <= last; seq += 7)
      for (auto allowed : {effort::memory, effort::disk}) {
        CAPTURE(seq);
        auto answer = x.find_key(book_a, key_of(seq), allowed);
        if (readable(answer))
          REQUIRE((*answer == present(seq) || (allowed == effort::memory && *answer == unknown)));
        else
          all_readable = false;
      }
    return all_readable;
  }

  bool history_is_right(const side_index& x) const {
    auto mark = x.history_mark(book_a);
    auto all_readable = readable(mark);
    std::uint64_t count = 0;
    auto read = x.each_posting(
        book_a, account, event_seq{}, event_seq{events}, [&](event_seq seq, byte_span value) {
          REQUIRE(seq.value() == ++count);
          REQUIRE(byte_buffer(value.begin(), value.end()) == value_of(count));
          return true;
        });
    if (readable(read) && mark)
      CHECK(count == mark->seq.value());
    for (std::uint64_t seq = 1; mark && seq <= mark->seq.value(); seq += 25) {
      auto last = x.last_posting(book_a, account, event_seq{seq});
      if (readable(last))
        CHECK(*last == history_value{event_seq{seq}, value_of(seq)});
      else
        all_readable = false;
    }
    return all_readable && read;
  }

  std::string original;
  key_secret secret;
  findings seen;
};

void flip_byte(const fs::path& path, std::uintmax_t offset) {
  std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
  file.seekg(static_cast<std::streamoff>(offset));
  auto byte = static_cast<char>(file.get() ^ 0x55);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
  REQUIRE(file.good());
}

} // namespace

TEST_CASE_METHOD(damage_fixture, "a changed byte is found or harmless", "[I5][I9]") {
  auto part = GENERATE(".sst", "MANIFEST", "CURRENT");
  CAPTURE(part);
  constexpr std::uintmax_t steps = 12;
  for (auto& file : files(part)) {
    auto size = fs::file_size(fs::path{original} / file);
    for (std::uintmax_t n = 0; n < std::min(steps, size); ++n) {
      // Half of them in the last 1 KiB, where a table's own index is.
      auto tail = std::min<std::uintmax_t>(size, 1024);
      auto offset = n % 2 == 0 ? size * n / steps : size - 1 - tail * n / (steps + 1);
      CAPTURE(file, size, offset);
      try_damage(file, [&](const fs::path& path) { flip_byte(path, offset); });
    }
  }
  CAPTURE(seen.whole, seen.rebuilt, seen.errors);
  CHECK(seen.rebuilt + seen.errors > 0);
}

TEST_CASE_METHOD(damage_fixture, "a block of zeros is found", "[I5][I9]") {
  for (auto& file : files(".sst"))
    try_damage(file, [&](const fs::path& path) {
      auto size = fs::file_size(path);
      fs::resize_file(path, size / 2);
      fs::resize_file(path, size);
    });
  CHECK(seen.whole == 0);
  CHECK(seen.rebuilt + seen.errors > 0);
}

TEST_CASE_METHOD(damage_fixture, "a file that is cut short is found or an older state",
                 "[I5][I9]") {
  auto part = GENERATE(".sst", "MANIFEST", "CURRENT");
  CAPTURE(part);
  for (auto& file : files(part)) {
    auto size = fs::file_size(fs::path{original} / file);
    for (std::uintmax_t n = 0; n < 16; ++n) {
      auto length = n == 15 ? size - 1 : size * n / 16;
      CAPTURE(file, size, length);
      try_damage(file, [&](const fs::path& path) { fs::resize_file(path, length); });
    }
  }
  CHECK(seen.rebuilt > 0);
}

TEST_CASE_METHOD(damage_fixture, "a table that is missing is found", "[I5][I9]") {
  for (auto& file : files(".sst"))
    try_damage(file, [](const fs::path& path) { fs::remove(path); });
  CHECK(seen.rebuilt == files(".sst").size());
}

TEST_CASE_METHOD(damage_fixture, "what a read finds damaged is thrown away by the next opening",
                 "[I9]") {
  for (auto& file : files(".sst")) {
    options.directory = parent.path() + "/copy";
    fs::remove_all(options.directory);
    fs::copy(original, options.directory);
    flip_byte(fs::path{options.directory} / file, 50);
    auto opened = open_again();
    if (opened.rebuilt)
      continue; // opening reads the format record
    index = std::move(opened.index);
    auto keys = keys_are_right(*index);
    auto history = history_is_right(*index);
    if (keys && history) {
      ++seen.whole; // the first directory of the keys: the second one has taken its place
      continue;
    }
    REQUIRE(fs::exists(options.directory + "/REBUILD"));
    if (auto mark = index->keys_mark(book_a); !mark)
      CHECK(mark.error().message().find("started again") != std::string::npos);
    // It is in use, so nobody throws it away.
    CHECK(side_index::open(options, random).error().code() == ec::locked);
    CHECK(fs::exists(options.directory + "/REBUILD"));
    opened = open_again();
    CHECK(opened.rebuilt);
    CHECK_FALSE(opened.why.empty());
    CHECK_FALSE(fs::exists(options.directory + "/REBUILD"));
    index = std::move(opened.index);
    add_keys(book_a, 1, 10);
    open();
    CHECK(find(book_a, 10) == present(10));
    ++seen.errors;
    index.reset();
  }
  CHECK(seen.errors > 4);
  CHECK(seen.whole <= 1);
}

TEST_CASE_METHOD(damage_fixture, "the undamaged copy is whole") {
  try_damage("CURRENT", [](const fs::path&) {});
  CHECK(seen.whole == 1);
}
