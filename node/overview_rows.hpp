#pragma once

#include "actors/cluster/observer.hpp"
#include "node/output.hpp"

namespace daybook::node {

/// Nodes and their books: two tables for people, or one JSON object for each node, which holds its
/// books.
void print(output& out, const overview& x);

} // namespace daybook::node
