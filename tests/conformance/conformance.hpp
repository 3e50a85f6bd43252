#pragma once

#include "actors/client.hpp"
#include "actors/node_system.hpp"
#include "log/posix_storage.hpp"
#include "tests/conformance/hand_clock.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// What a book promises, whoever asks: each case runs against a book in this process and against the
// same book over the network, through the same client.

namespace daybook::test {

/// How a case talks to its node.
enum class way {
  embedded,
  remote,
  cluster ///< over another node than the one that has the book
};

/// Longer than anything takes that works; only a failure waits for so long.
inline constexpr std::chrono::milliseconds patience = std::chrono::seconds{20};

/// A node on a directory of its own, and a client of it. Memory is small, so that a short case
/// sees full segments and followers that have to read the log.
class subject {
public:
  explicit subject(way how);
  ~subject();

  subject(const subject&) = delete;
  subject& operator=(const subject&) = delete;

  /// For the next start: change them before the first use, or before `restart`.
  actors::node_options options;
  client_options calls{.timeout = patience};

  bool is_remote() const { return how_ != way::embedded; }
  /// A node that is only read is in no cluster.
  bool is_clustered() const { return how_ == way::cluster && !options.read_only; }
  const std::string& data() const { return options.data; }
  std::string book_directory() const { return options.data + "/books/bank"; }

  /// From the next start on the node reads this clock.
  hand_clock& clock_by_hand();

  /// From the next start on the node's disk fails when it is told to. It has no index then.
  faulty_storage& faulty_disk();

  /// The client of this case. Starts the node if it does not run.
  client& node();

  /// The node itself, as actors talk to it.
  actors::supervisor_actor supervisor();

  /// One more client of the same node.
  client another();

  /// The book of this case, empty at first.
  book_client book();

  /// The same with CZK registered, and cash, bank and sales open: events 1 to 4.
  book_client prepared();

  /// The book when it has failed: waits until it is there again.
  book_client reopened();

  /// From the next start on a key leaves memory soon after it was used. Writers have to be patient.
  void spill_keys_early() { options.hot_keys_max = 4; }

  /// Stops the node in good order.
  void stop();

  /// Stops it, changes what is on disk, and starts it again on next use.
  void restart(const std::function<void()>& meanwhile = {});

  /// Goes on with what is on disk now, as after the death of the process. What is on disk then is
  /// not changed by `afterwards`, which ends what the case still has at the old node.
  void crash(const std::function<void()>& afterwards = {});

private:
  struct running;

  running& start();
  std::vector<actors::node_system*> companion_systems();

  way how_;
  temporary_directory directory_;
  hand_clock time_;
  log::posix_storage disk_;
  faulty_storage faulty_disk_{disk_};
  actors::seams outside_;
  int crashes_ = 0;
  /// Of all the nodes that run here, one after the other: a case may keep clients of the old ones.
  std::unique_ptr<actors::node_system> system_;
  std::vector<std::unique_ptr<actors::node_system>> companions_;
  std::unique_ptr<running> running_;
};

/// Registers one case, three times: the body gets the subject as `here`.
#define DAYBOOK_CASE(sentence, tags) DAYBOOK_CASE_2(sentence, tags, __COUNTER__)
#define DAYBOOK_CASE_2(sentence, tags, number) DAYBOOK_CASE_3(sentence, tags, number)
#define DAYBOOK_CASE_3(sentence, tags, number)                                                     \
  static void conformance_case_##number(daybook::test::subject& here);                             \
  TEST_CASE("embedded: " sentence, "[embedded]" tags) {                                            \
    daybook::test::subject here{daybook::test::way::embedded};                                     \
    conformance_case_##number(here);                                                               \
  }                                                                                                \
  TEST_CASE("remote: " sentence, "[remote]" tags) {                                                \
    daybook::test::subject here{daybook::test::way::remote};                                       \
    conformance_case_##number(here);                                                               \
  }                                                                                                \
  TEST_CASE("cluster: " sentence, "[cluster]" tags) {                                              \
    daybook::test::subject here{daybook::test::way::cluster};                                      \
    conformance_case_##number(here);                                                               \
  }                                                                                                \
  static void conformance_case_##number([[maybe_unused]] daybook::test::subject& here)

/// The value of a call that has to succeed.
template <class T>
T must(result<T> x) {
  INFO((x ? std::string{} : to_string(x.error())));
  REQUIRE(x);
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// The error of a call that has to be refused; it lives as long as the answer.
template <class T>
const error& refused(const result<T>& x, ec code) {
  REQUIRE_FALSE(x);
  INFO(to_string(x.error()));
  CHECK(to_string(x.error().code()) == to_string(code));
  CHECK_FALSE(x.error().message().empty());
  return x.error();
}

// -- words of the cases -------------------------------------------------------------------------

inline const std::string cash = "assets:cash";
inline const std::string bank = "assets:bank";
inline const std::string sales = "income:sales";

/// A sale of so many minor units, paid in cash.
inline ledger::transaction sale(std::string key, std::int64_t value = 1) {
  return transfer(std::move(key), cash, sales, value);
}

inline ledger::write asked(ledger::command what, std::vector<ledger::condition> conditions = {}) {
  ledger::write x;
  x.what = std::move(what);
  x.conditions = std::move(conditions);
  return x;
}

inline ledger::write caused_by(std::uint32_t item, ledger::command what) {
  auto x = asked(std::move(what));
  x.caused_by = item;
  return x;
}

inline ledger::reversal reversal_of(event_seq seq, std::string key) {
  ledger::reversal x;
  x.key = std::move(key);
  x.of = seq;
  return x;
}

inline ledger::account_definition floored(const std::string& path, std::int64_t min,
                                          ledger::account_kind kind = ledger::account_kind::asset) {
  auto x = account(path, kind);
  x.min_balance = ledger::amount{min};
  return x;
}

inline actors::moment after(event_seq seq) { return {.seq = seq, .time = {}}; }
inline actors::moment at_time(timestamp time) { return {.seq = {}, .time = time}; }

inline std::int64_t balance_of(const book_client& book, const std::string& path,
                               actors::moment at = {}) {
  return static_cast<std::int64_t>(must(book.balance(path, at)).balance.value());
}

inline event_seq durable_of(const book_client& book) { return must(book.frontier()).durable; }

/// Every event of a book, in pages of a size.
std::vector<actors::recorded_event> all_events(const book_client& book, std::uint32_t page = 1'000);

/// Asks again until it is so. False when that takes too long; a thread may ask.
template <class Condition>
bool comes_true(Condition is_so) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    std::this_thread::yield();
  }
  return true;
}

/// Kills the actor of a book, and waits until it is gone. The supervisor restarts the book.
void kill(const book_client& book);

/// The segments of a book's log, or its snapshots, the oldest first.
std::vector<std::string> segments_of(const subject& here);
std::vector<std::string> snapshots_of(const subject& here);

/// Everything below a directory: the names of the files and what is in them.
std::map<std::string, std::string> files_below(const std::string& directory);

/// Turns some bits of a file over.
void spoil(const std::string& path, std::uint64_t offset);

/// Calls again while the book has no room, as it tells its clients to.
template <class Call>
auto patiently(Call call) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto answer = call();
    auto is_full = !answer && answer.error().code() == ec::overloaded;
    if (!is_full || std::chrono::steady_clock::now() > deadline)
      return answer;
  }
}

/// `count` sales of 1 each, with the keys "<prefix><n>", in messages of a hundred.
std::vector<ledger::receipt> sell(const book_client& book, const std::string& prefix, int count);

/// The same for a thread, which may not check anything.
result<std::vector<ledger::receipt>> try_to_sell(const book_client& book, const std::string& prefix,
                                                 int count);

/// The same receipt, but for the flag that says it is a repeat.
bool is_repeat_of(const ledger::receipt& again, const ledger::receipt& first);

} // namespace daybook::test
