#pragma once

#include "actors/client.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <future>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <unistd.h>

// What the benchmark programs write, and how. Each is a program of one file that includes this.

namespace daybook::bench {

[[noreturn]] inline void give_up(const error& reason) {
  fmt::print(stderr, "{}: {}\n", program_invocation_short_name, to_string(reason));
  std::fflush(stdout);
  std::_Exit(1); // other threads are at work, with what an orderly end would take from them
}

template <class T>
T need(result<T> x) {
  if (!x)
    give_up(x.error());
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

inline std::string path_of(std::uint64_t n) { return fmt::format("assets:customers:{}", n); }

inline ledger::account_definition opening(std::uint64_t n) {
  ledger::account_definition x;
  x.path = path_of(n);
  x.asset = "CZK";
  return x;
}

inline ledger::transaction payment(std::string key, std::uint64_t debit, std::uint64_t credit) {
  ledger::transaction x;
  x.key = std::move(key);
  x.postings = {{path_of(debit), ledger::amount{1}, {}, ledger::side::debit},
                {path_of(credit), ledger::amount{1}, {}, ledger::side::credit}};
  return x;
}

inline std::string key_of(std::uint64_t n) { return fmt::format("payment-{:022}", n); }

/// Between two different accounts of so many, chosen evenly.
inline ledger::transaction random_payment(std::mt19937_64& random, std::string key,
                                          std::uint64_t accounts) {
  auto debit = random() % accounts;
  auto credit = (debit + 1 + random() % (accounts - 1)) % accounts;
  return payment(std::move(key), debit, credit);
}

/// Of this process.
inline std::uint64_t resident_bytes() {
  std::ifstream file{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Keeps some messages under way, so that the node is never idle and its queue never grows.
class sender {
public:
  explicit sender(const book_client& book) : book_(book) {}

  void add(ledger::command x) {
    message_.push_back(std::move(x));
    if (message_.size() == items_per_message)
      send();
  }

  void finish() {
    if (!message_.empty())
      send();
    while (!waiting_.empty())
      settle();
  }

private:
  static constexpr std::size_t items_per_message = 1'000;
  static constexpr std::size_t messages_in_flight = 8;

  void send() {
    waiting_.push_back(book_.commit_async(std::exchange(message_, {})));
    if (waiting_.size() == messages_in_flight)
      settle();
  }

  void settle() {
    for (auto& written : need(waiting_.front().get()))
      need(std::move(written));
    waiting_.pop_front();
  }

  const book_client& book_;
  std::vector<ledger::command> message_;
  std::deque<std::future<result<std::vector<book_client::write_result>>>> waiting_;
};

} // namespace daybook::bench
