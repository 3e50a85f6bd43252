#pragma once

#include "base/address.hpp"
#include "base/result.hpp"

#include <string>

// What torture knows of moving books: all of it is here.

namespace daybook::node::torture {

/// Asks a node of a cluster to move a book, and waits for the end of it, as `daybook book move`
/// does. Errors: what the cluster answers; `io` or `unavailable` when the node cannot be reached.
result<void> move_book(const address& through, const std::string& book, const std::string& to);

/// Whether a move that ended so has kept its promises: it may fail while nodes are down or cannot
/// hear each other, as long as it says so.
bool is_clean_refusal(const error& x);

/// Why no book can be moved; empty when books can be.
std::string no_moves();

} // namespace daybook::node::torture
