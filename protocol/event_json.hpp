#pragma once

#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "protocol/json_text.hpp"

namespace daybook::protocol {

/// Adds the fields of the JSON line that stands for `x`; see `to_json_line`. Private to protocol/.
void add_event(json_object& out, const ledger::event& x, const ledger::chart& chart);

} // namespace daybook::protocol
