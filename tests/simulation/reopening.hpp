#pragma once

#include "base/error.hpp"

namespace daybook::simulation {

// How a client sees a book that fails and comes back: the supervisor opens it again, sooner or
// later or not any more; fences end with it, subscriptions go on. All that the simulation assumes
// of it is in this file, in `bank::ask_for_book` and in `bank::lift_failure`.

/// Whether an error of a whole message says that none of it was accepted, for a reason that is not
/// the ledger's: there was no room, somebody has a fence, the book is not there or not written.
inline bool is_turned_away(ec x) {
  return x == ec::overloaded || x == ec::fence_active || x == ec::read_only ||
         x == ec::restarting || x == ec::failed || x == ec::no_space;
}

/// Whether it is an answer to who wants a book open, while its disk fails.
inline bool is_not_open(ec x) {
  return x == ec::io || x == ec::restarting || x == ec::failed || x == ec::no_space;
}

/// Whether an error of a write leaves open what became of it. A failed read is among them: a repeat
/// in a message is answered from the log, and when that cannot be read, what was new in the message
/// is durable all the same.
inline bool is_unknown(ec x) { return x == ec::outcome_unknown || x == ec::io; }

} // namespace daybook::simulation
