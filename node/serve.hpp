#pragma once

#include "actors/node_options.hpp"
#include "base/address.hpp"
#include "base/result.hpp"

#include <caf/settings.hpp>

#include <functional>

namespace daybook::node {

/// Runs a node on its data directory, which is created if need be, until SIGTERM or SIGINT. Then it
/// makes durable what was accepted and returns; a second signal does not wait for that. `listening`
/// is told the real address once clients can connect. `settings` are those of the actor system, as
/// `node_system::start` takes them.
///
/// Call it before the process has other threads: they would receive the signals.
/// Errors: as opening the directory and listening; those of `listening`.
result<void> serve(actors::node_options options, const address& listen,
                   const caf::settings& settings,
                   const std::function<result<void>(const address&)>& listening);

} // namespace daybook::node
