#pragma once

#include "actors/client.hpp"
#include "base/result.hpp"
#include "node/arguments.hpp"

namespace daybook::node {

/// The id of an event of a book, which may have no such event. Errors: those of asking.
result<transaction_id> find_id(const book_client& book, const event_name& name);

/// Errors: `not_found` with `what`; those of asking.
result<actors::recorded_event> find_event(const book_client& book, const event_name& name);

} // namespace daybook::node
