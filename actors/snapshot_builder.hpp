#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "ledger/book_machine.hpp"
#include "log/log_point.hpp"

#include <optional>
#include <string>

// Snapshots: a book's state without its keys, so that opening need not read the whole log. No
// actors in it; everything blocks. A snapshot that is damaged, of another book or of another log
// is passed over for the one before it, and without one there is the log [I9].

namespace daybook::actors {

/// Writes a snapshot of the state after `scan.last`, which ends a batch, from the newest usable
/// snapshot at or before it and the log from there on, and keeps the last two. Memory holds what
/// changed in between and a thousand accounts. Nothing is written when there is a good one already.
/// One call at a time for a book. Errors: `corrupt` for the log, `io`; `invalid_argument` (`field`)
/// when the book is empty, or `scan.last` does not end a batch.
result<snapshot_info> write_snapshot(const environment& env, const log_scan& scan);

/// A machine in the state of a snapshot.
struct restored_machine {
  ledger::book_machine machine;
  log::log_point point; ///< what the snapshot is of
};

/// The newest usable snapshot of a book. Nothing when there is none. Errors: `io` when the
/// directory cannot be read. `passed` (may be null): as for `log::contains_point`, given and told.
result<std::optional<restored_machine>>
load_snapshot(const environment& env, const std::string& directory, const std::string& book,
              const ledger::machine_options& options, log::live_index* passed = nullptr);

} // namespace daybook::actors
