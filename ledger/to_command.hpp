#pragma once

#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/types.hpp"

namespace daybook::ledger {

/// What was asked for when the event was accepted: account numbers become paths, and every posting
/// names its asset. `chart` must hold the accounts that the event names. Any thread.
command to_command(const event& x, const chart& names);

} // namespace daybook::ledger
