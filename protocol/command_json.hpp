#pragma once

#include "ledger/types.hpp"
#include "protocol/json_lines.hpp"
#include "protocol/json_text.hpp"

namespace daybook::protocol {

/// Adds the fields of the JSON line that stands for `x`; see `to_json_line`. Private to protocol/.
void add_command(json_object& out, const ledger::command& x, const precision_source& precisions,
                 const ledger::event_links& links);

} // namespace daybook::protocol
