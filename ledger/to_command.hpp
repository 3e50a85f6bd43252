#pragma once

#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/types.hpp"

namespace daybook::ledger {

/// What was asked for when the event was accepted: account numbers become paths, and every posting
/// names its asset. Whether a closing minded a balance is not recorded: the command does not, so
/// that it can be repeated elsewhere. `names` must hold the accounts that the event names. Any
/// thread.
command to_command(const event& x, const chart& names);

/// The links of any event, which a command other than a transaction does not hold.
event_links links_of(const event& x);

} // namespace daybook::ledger
