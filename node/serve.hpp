#pragma once

#include "actors/net/transport_options.hpp"
#include "actors/node_options.hpp"
#include "base/address.hpp"
#include "base/result.hpp"

#include <caf/settings.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace daybook::node {

/// Where a node is reached.
struct listening_at {
  address clients;
  std::optional<address> metrics; ///< over HTTP, as Prometheus asks for it
};

/// How a process serves a node.
struct serving {
  actors::node_options node;
  address listen;
  std::optional<address> metrics{}; ///< none: nobody can ask for them
  actors::transport_options network{};
  caf::settings system{}; ///< of the actor system, as `node_system::start` takes them
  /// The longest that ending may take; zero: however long it takes.
  std::chrono::seconds drain_limit{0};
  /// Whether the node leaves its cluster before it ends, within that time once more.
  bool hand_over = false;
};

/// Runs a node on its data directory, which is created if need be, until SIGTERM or SIGINT. Then it
/// makes durable what was accepted and returns; a second signal does not wait for that. When that
/// takes longer than it may, the process ends with status 1. `listening` is told the real addresses
/// once clients can connect.
///
/// Call it before the process has other threads: they would receive the signals.
/// Errors: as opening the directory and listening; those of `listening`.
result<void> serve(serving options,
                   const std::function<result<void>(const listening_at&)>& listening);

} // namespace daybook::node
