#pragma once

#include "actors/cluster/observer.hpp"
#include "actors/messages.hpp"

namespace daybook::node {

/// The state of a book as it is shown: `running`, `no_space`.
const char* to_string(actors::book_phase x);

/// Of a node: `up`, `leaving` its cluster, `ending` or `down`.
const char* state_of(const node_overview& x);

} // namespace daybook::node
