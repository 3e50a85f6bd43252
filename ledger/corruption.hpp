#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"

#include <string_view>

namespace daybook::ledger {

/// An event, or what a snapshot says about it, cannot be true after what comes before it. Field
/// `seq`.
tl::unexpected<error> contradiction(event_seq seq, std::string_view why);

} // namespace daybook::ledger
