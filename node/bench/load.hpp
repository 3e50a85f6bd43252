#pragma once

#include "actors/interfaces.hpp"
#include "base/result.hpp"
#include "node/bench/histogram.hpp"
#include "node/bench/load_options.hpp"

#include <caf/actor_system.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace daybook::node::bench {

/// What the clients saw.
struct load_result {
  std::uint64_t transactions = 0; ///< accepted and durable
  std::uint64_t overloaded = 0;   ///< messages of which some was turned away and sent again
  std::chrono::duration<double> elapsed{};
  histogram latency; ///< of each message (load_client.hpp)
};

/// Registers the asset and opens the accounts that `run_load` posts to. Blocks.
result<void> prepare_book(caf::actor_system& system, const actors::book_actor& book,
                          std::uint32_t accounts);

/// Has the clients send (load_client.hpp) until all transactions, or all of the options' time, are
/// durable. `progress` counts them meanwhile. Blocks. Errors: the first that a client got, but for
/// `overloaded`.
result<load_result> run_load(caf::actor_system& system,
                             const std::vector<actors::book_actor>& books,
                             const load_options& options, std::atomic<std::uint64_t>& progress);

} // namespace daybook::node::bench
