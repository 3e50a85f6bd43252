#pragma once

#include "base/error.hpp"

namespace daybook::simulation {

// How a client sees a book that fails and comes back. All that the simulation assumes of it is in
// this file and in `bank::ask_for_book`: today a failed book is off the supervisor's list, the next
// request to open it recovers it, subscriptions and fences end with it, and whoever follows it
// subscribes again from the event after the last one it was told of.

/// Whether an error of a whole message says that none of it was accepted, for a reason that is not
/// the ledger's: there was no room, somebody has a fence, the book is not there.
inline bool is_turned_away(ec x) {
  return x == ec::overloaded || x == ec::fence_active || x == ec::read_only;
}

/// Whether an error of a write leaves open what became of it. A failed read is among them: a repeat
/// in a message is answered from the log, and when that cannot be read, what was new in the message
/// is durable all the same.
inline bool is_unknown(ec x) { return x == ec::outcome_unknown || x == ec::io; }

} // namespace daybook::simulation
