#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"

// Units are seen whole or not at all, so nobody is shown a book from the middle of one on, or up to
// there. Everything here blocks on the disk. Errors: `corrupt`, `io`.

namespace daybook::actors {

/// Whether no unit is both before and behind the end of event `seq`, which is at most `scan.last`.
/// Errors: `invalid_argument` (`field` is `seq`); `before` and `after` are the nearest events of
/// which that is so.
result<void> check_border(const environment& env, const log_scan& scan, event_seq seq);

/// The same for those who begin with `from`: `before` and `after` are the nearest events to begin
/// with, the first of the unit and the one behind it.
result<void> check_start(const environment& env, const log_scan& scan, event_seq from);

/// The last event of the unit that an event, at most `scan.last`, is of; else the event itself.
result<event_seq> end_of_unit(const environment& env, const log_scan& scan, event_seq seq);

} // namespace daybook::actors
