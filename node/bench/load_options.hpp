#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace daybook::node::bench {

struct load_options {
  std::size_t clients = 8;
  std::size_t in_flight = 256; ///< messages of each client that wait for an answer
  std::size_t batch = 1;       ///< transactions in a message
  std::uint64_t transactions = 1'000'000;
  std::uint32_t seconds = 0; ///< ends the load before all are sent; zero: never
  std::uint64_t rate = 0;  ///< transactions a second of all clients (open loop); zero: closed loop
  std::uint32_t books = 1; ///< used in turn
  std::uint32_t accounts = 10'000; ///< in each book
  std::uint32_t postings = 2;      ///< of a transaction; even
  double zipf = 0; ///< above 1: accounts are chosen by Zipf's law with this exponent; zero: evenly
  bool facade = false; ///< through `book_client`, call by call, and not as actors
  std::string run;     ///< part of every key, so that a run never repeats another's

  /// Those that one client sends.
  std::uint64_t transactions_of(std::size_t client) const {
    return transactions / clients + (client < transactions % clients ? 1 : 0);
  }

  /// Between two messages of one client in an open loop; zero in a closed one.
  std::chrono::nanoseconds interval() const {
    if (rate == 0)
      return {};
    auto messages = static_cast<double>(rate) / static_cast<double>(batch * clients);
    return std::chrono::nanoseconds{static_cast<std::int64_t>(1e9 / messages)};
  }
};

} // namespace daybook::node::bench
