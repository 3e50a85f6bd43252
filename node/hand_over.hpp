#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <string>

namespace daybook::node {

/// Has a node of a cluster leave, and waits until the others have its books or the time is over
/// (zero: however long it takes). What it could not give away stays where it is. Blocks, and logs
/// what came of it.
void hand_over(caf::actor_system& system, const actors::supervisor_actor& node,
               const std::string& name, std::chrono::seconds limit);

} // namespace daybook::node
