#pragma once

#include "actors/messages.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"

namespace daybook::actors {

/// A durable event as a reader sees it. Its receipt is the first one but for the balances, which
/// are left empty: whoever wants them asks for the history. `batch` is the one that holds the
/// event, with its chain; `chart` holds the accounts that the event names. Any thread.
recorded_event record(const ledger::stored_event& x, const ledger::batch_info& batch, event_seq seq,
                      book_id book, const ledger::chart& chart);

} // namespace daybook::actors
