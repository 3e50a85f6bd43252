#pragma once

#include "actors/cluster/membership.hpp"
#include "actors/node_options.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>

// What a node says to who asks it for a book that it does not have.

namespace daybook::actors {

/// Why a book is not opened where `where` says; nothing when it may be.
std::optional<error> refusal_of(const placing& where, const std::string& book,
                                const cluster_picture& known);

/// The node does not know its cluster yet.
error is_starting(const environment& env);

/// All nodes are leaving.
error has_no_place(const std::string& book);

/// Each node that was asked sends its callers to another one.
error is_disputed(const std::string& book);

/// Another node has the book: `moved`.
error is_at(const cluster_member& owner, const std::string& book);

} // namespace daybook::actors
