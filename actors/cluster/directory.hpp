#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace daybook::actors {

/// THE DIRECTORY: finds the books of a whole cluster. It has the interface of a supervisor, and
/// asks that of the node which has a book; so whatever takes a node takes a directory: the client
/// library, `spawn_stable_book`. `first` is any node of the cluster, on this machine or not, and
/// `map` is what it knows. Where a book was found is kept in mind and put right when it has moved.
///
/// A book whose node cannot be reached is `unavailable` at once, with the `node` and its
/// `address`. `books` and `subscribe` need all nodes. `stop` ends the directory, and no node.
///
/// `dialer` ends with it; null: one of its own, over the network.
supervisor_actor spawn_directory(caf::actor_system& system, supervisor_actor first, shard_map map,
                                 dialer_actor dialer = {});

} // namespace daybook::actors
