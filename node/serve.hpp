#pragma once

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

/// Runs a node on its data directory, which is created if need be, until SIGTERM or SIGINT. Then it
/// makes durable what was accepted and returns; a second signal does not wait for that. When that
/// takes longer than `drain_limit` (zero: however long it takes), the process ends with status 1.
/// `listening` is told the real addresses once clients can connect; `metrics` none: nobody can ask
/// for them. `settings` are those of the actor system, as `node_system::start` takes them.
///
/// Call it before the process has other threads: they would receive the signals.
/// Errors: as opening the directory and listening; those of `listening`.
result<void> serve(actors::node_options options, const address& listen,
                   const std::optional<address>& metrics, caf::settings settings,
                   std::chrono::seconds drain_limit,
                   const std::function<result<void>(const listening_at&)>& listening);

} // namespace daybook::node
