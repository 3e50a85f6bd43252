#include "tests/unit/index/index_fixture.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

using namespace daybook;
using namespace daybook::index;
using namespace daybook::test;

namespace {

constexpr std::uint64_t generation_events = 300;
constexpr std::string_view checkpoint_name = "generation";
constexpr account_no account{0};

// A process that dies: this program, run again with one of the hidden cases below. What it is to do
// is in its environment. Not a fork, for RocksDB's threads would not come along.
int run_again(const char* hidden_case) {
  std::array<char*, 3> arguments{const_cast<char*>("unit_index"), const_cast<char*>(hidden_case),
                                 nullptr};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  auto spawned =
      ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  REQUIRE(spawned == 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

struct job {
  std::string directory;
  std::uint64_t generations = 0;
  std::uint64_t flushed = 0; ///< after this generation; 0 for never
  std::size_t write_buffer_bytes = 0;
};

constexpr const char* directory_name = "DAYBOOK_TEST_DIRECTORY";
constexpr const char* generations_name = "DAYBOOK_TEST_GENERATIONS";
constexpr const char* flushed_name = "DAYBOOK_TEST_FLUSHED";
constexpr const char* buffer_name = "DAYBOOK_TEST_BUFFER";

void hand_over(const job& x) {
  ::setenv(directory_name, x.directory.c_str(), 1);
  ::setenv(generations_name, std::to_string(x.generations).c_str(), 1);
  ::setenv(flushed_name, std::to_string(x.flushed).c_str(), 1);
  ::setenv(buffer_name, std::to_string(x.write_buffer_bytes).c_str(), 1);
}

/// Without a directory when somebody runs a hidden case by hand.
job handed_over() {
  auto get = [](const char* name) {
    auto* value = std::getenv(name);
    return std::string{value ? value : ""};
  };
  if (get(directory_name).empty())
    return {};
  return {get(directory_name), std::stoull(get(generations_name)), std::stoull(get(flushed_name)),
          std::stoull(get(buffer_name))};
}

history_update history_of(std::uint64_t generation) {
  history_update update;
  auto last = generation * generation_events;
  for (auto seq = last - generation_events + 1; seq <= last; ++seq) {
    update.posting(account, event_seq{seq}, value_of(seq));
    update.sums(asset_no{0}, event_seq{seq}, value_of(seq));
  }
  update.batch(timestamp{static_cast<std::int64_t>(last)}, event_seq{last});
  return update;
}

/// One write each of keys, history and checkpoint, in this order.
void write_generation(side_index& index, std::uint64_t generation) {
  auto last = generation * generation_events;
  require(index.add_keys(book_a, uses(last - generation_events + 1, last),
                         event_seq{last - generation_events}, mark_at(last)));
  require(index.add_history(book_a, history_of(generation), mark_at(last)));
  require(index.put_checkpoint(book_a, checkpoint_name, value_of(generation)));
  std::ignore = require(index.tidy_keys(book_a));
}

/// Checks that each part of the index is as it was between two writes, and returns the mark of the
/// keys. The history may be behind them, for it is written in larger pieces.
std::uint64_t check_one_point(const side_index& index, std::uint64_t generations) {
  auto keys = require(index.keys_mark(book_a));
  auto history = require(index.history_mark(book_a));
  auto checkpoint = require(index.checkpoint(book_a, checkpoint_name));
  auto mark = keys.seq.value();
  CAPTURE(mark, history.seq.value());
  CHECK(mark <= generations * generation_events);
  CHECK(mark % generation_events == 0);
  CHECK(keys == (mark == 0 ? index::mark{} : mark_at(mark)));
  CHECK(history.seq <= keys.seq);
  CHECK(history.seq.value() % generation_events == 0);
  CHECK(history == (history.seq == event_seq{} ? index::mark{} : mark_at(history.seq.value())));
  // Written after the keys, and before the next keys.
  auto done = mark / generation_events;
  auto value_at = [](std::uint64_t generation) {
    return generation == 0 ? std::optional<byte_buffer>{} : value_of(generation);
  };
  CHECK((checkpoint == value_at(done) || (done > 0 && checkpoint == value_at(done - 1))));
  for (std::uint64_t seq = 1; seq <= generations * generation_events; ++seq)
    REQUIRE(require(index.find_key(book_a, key_of(seq), effort::disk)) ==
            (seq <= mark ? present(seq) : absent));
  std::uint64_t expected = 0;
  require(index.each_posting(book_a, account, event_seq{}, event_seq{~0ULL},
                             [&](event_seq seq, byte_span) { return seq.value() == ++expected; }));
  CHECK(expected == history.seq.value());
  auto end = event_seq{~0ULL};
  CHECK(require(index.last_boundary(book_a, end)) == history.seq);
  CHECK(require(index.last_at(book_a, timestamp{1'000'000'000})) == history.seq);
  return mark;
}

} // namespace

TEST_CASE("a process that writes and dies", "[.dies]") {
  auto work = handed_over();
  if (work.directory.empty())
    SKIP("for the other cases of this file");
  index_options options;
  options.directory = work.directory;
  options.write_buffer_bytes = work.write_buffer_bytes;
  auto opened = require(side_index::open(options, system_random()));
  if (opened.rebuilt)
    ::_exit(1);
  for (std::uint64_t n = 1; n <= work.generations; ++n) {
    write_generation(*opened.index, n);
    if (n == work.flushed)
      require(opened.index->flush());
  }
  // Nothing is closed, and threads that write are cut off.
  ::_exit(0);
}

TEST_CASE("a process that opens what another one has", "[.second]") {
  index_options options;
  options.directory = handed_over().directory;
  if (options.directory.empty())
    SKIP("for the other cases of this file");
  auto refused = side_index::open(options, system_random());
  ::_exit(!refused && refused.error().code() == ec::locked ? 0 : 1);
}

TEST_CASE_METHOD(index_fixture, "what was not flushed is missing after a crash, mark and all",
                 "[I5][I9]") {
  auto secret = index->secret();
  auto flushed = GENERATE(0, 1, 3);
  index.reset();
  hand_over({options.directory, 4, static_cast<std::uint64_t>(flushed), 64 << 20});
  REQUIRE(run_again("[.dies]") == 0);
  open();
  CHECK(index->secret() == secret);
  CHECK(check_one_point(*index, 4) == flushed * generation_events);
  CHECK(require(index->history_mark(book_a)) == index::mark{}); // a flush leaves it in memory
}

TEST_CASE_METHOD(index_fixture, "a crash among background writes leaves one point in time",
                 "[I5][I9]") {
  index.reset();
  for (std::uint64_t generations : {17, 40, 41, 55, 71, 90}) {
    CAPTURE(generations);
    options.directory = parent.path() + "/crash-" + std::to_string(generations);
    hand_over({options.directory, generations, 0, 256 << 10});
    REQUIRE(run_again("[.dies]") == 0);
    open();
    // More was written than the buffers hold.
    CHECK(check_one_point(*index, generations) > 0);
    CHECK(require(index->history_mark(book_a)) != index::mark{});
    // And it goes on from there.
    for (auto next = require(index->history_mark(book_a)).seq.value() / generation_events + 1;
         next <= generations; ++next)
      write_generation(*index, next);
    open();
    CHECK(check_one_point(*index, generations) == generations * generation_events);
    CHECK(require(index->history_mark(book_a)) == mark_at(generations * generation_events));
  }
}

TEST_CASE_METHOD(index_fixture, "another process is told that the index is locked", "[I10]") {
  add_keys(book_a, 1, 10);
  hand_over({options.directory, 0, 0, 0});
  CHECK(run_again("[.second]") == 0);
  CHECK(find(book_a, 10) == present(10));
  open();
  CHECK(find(book_a, 10) == present(10));
}
