#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "ledger/questions.hpp"

// When accounts were closed and reopened. Everything here blocks on the disk.
// Errors: `corrupt` (file, offset), `io`.

namespace daybook::actors {

/// What the events that are asked about did to accounts. Those that are none, or after `scan.last`,
/// did nothing.
result<void> find_changes(const environment& env, const log_scan& scan,
                          const std::vector<event_seq>& asked, ledger::facts& to);

/// Accounts right before events, of which none is after `scan.last`. From the index, and from the
/// log where that has not come yet; without an index, from the opening of the oldest of them on.
result<void> find_lifecycles(const environment& env, const log_scan& scan,
                             const std::vector<ledger::account_before>& asked, ledger::facts& to);

} // namespace daybook::actors
