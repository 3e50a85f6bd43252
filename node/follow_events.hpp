#pragma once

#include "actors/client.hpp"
#include "base/result.hpp"
#include "node/end_signals.hpp"
#include "node/output.hpp"

namespace daybook::node {

/// Prints events of a book, as JSON Lines, as they become durable: until SIGTERM or SIGINT, until
/// nobody reads the output, or until the book ends, which is an error. Each delivery is handed to
/// the operating system at once. `signals` was made before the client was.
/// Errors: those of a subscription and of asking; `io`, `not_found` when the book has ended.
result<void> follow_events(const book_client& book, actors::subscription wanted,
                           const end_signals& signals, output& out);

/// The same under the name of a durable cursor, from where that is: each event at least once.
/// Errors: those of a cursor too.
result<void> follow_events(const book_client& book, actors::cursor_request cursor,
                           const end_signals& signals, output& out);

} // namespace daybook::node
