#pragma once

#include "actors/interfaces.hpp"
#include "base/result.hpp"
#include "node/bench/histogram.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace daybook::node::bench {

struct load_options {
  std::size_t clients = 8;
  std::size_t in_flight = 256; ///< messages of each client that wait for an answer
  std::size_t batch = 1;       ///< transactions in a message
  std::uint64_t transactions = 1'000'000;
  std::uint32_t accounts = 10'000;
  std::string run; ///< part of every key, so that a run never repeats another's
};

/// What the clients saw.
struct load_result {
  std::uint64_t transactions = 0; ///< accepted and durable
  std::uint64_t overloaded = 0;   ///< messages turned away and sent again
  std::chrono::duration<double> elapsed{};
  histogram latency; ///< of each message, from the first sending to its answer
};

/// Registers the asset and opens the accounts that `run_load` posts to. Blocks.
result<void> prepare_book(caf::actor_system& system, const actors::book_actor& book,
                          std::uint32_t accounts);

/// Closed loop: every client keeps `in_flight` messages waiting until all transactions are durable.
/// Each transaction has two postings between two accounts chosen evenly. `progress` counts up to
/// `transactions` meanwhile. Blocks. Errors: the first that a client got, but for `overloaded`.
result<load_result> run_load(caf::actor_system& system, const actors::book_actor& book,
                             const load_options& options, std::atomic<std::uint64_t>& progress);

} // namespace daybook::node::bench
