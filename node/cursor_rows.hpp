#pragma once

#include "actors/follow_messages.hpp"
#include "node/output.hpp"

#include <cstdint>
#include <string>

namespace daybook::node {

/// Durable events that a cursor has not dealt with.
std::uint64_t lag_of(const actors::cursor_info& x);

/// One JSON object.
std::string to_json(const actors::cursor_info& x);

/// Name, position, lag, `held` or `free`, when the position was stored, filter (`-` for all).
void print(output& out, const actors::cursor_info& x);

} // namespace daybook::node
