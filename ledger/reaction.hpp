#pragma once

#include "base/ids.hpp"
#include "ledger/events.hpp"
#include "ledger/types.hpp"

namespace daybook::ledger {

/// Links a transaction to the event that it answers: caused by it, and part of the same story,
/// whose correlation id is the event's own or, when it has none, the event's id. What `x` said
/// itself is replaced. Any thread.
void react_to(const event_links& links, const transaction_id& id, transaction& x);

/// The same for anything that can be written. A reversal is caused by what it takes back, whatever
/// it answers: of the links it gets the correlation id.
void react_to(const event_links& links, const transaction_id& id, write& x);

} // namespace daybook::ledger
