#pragma once

#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "ledger/book_machine.hpp"
#include "log/book_log.hpp"
#include "log/stored_batch.hpp"

#include <memory>
#include <string>

// Opening a book: the log's bytes become the ledger's state. No actors in it.

namespace daybook::actors {

/// A book ready to work: its state, replayed from its log, and the log, ready for more.
struct recovered_book {
  std::string name;
  std::string directory;
  ledger::book_machine machine;
  std::unique_ptr<log::book_log> log;
  log::recovery_report report;
};

/// Opens a book and replays its log; without one, creates it if asked. Blocks; called on a disk.
/// Errors: `not_found`, `corrupt` (file, offset; nothing was changed), `locked`, `io`,
/// `invalid_argument` (a newer format).
result<std::shared_ptr<recovered_book>> recover_book(const environment& env,
                                                     const std::string& name, bool create);

/// Applies each batch it is given to `machine`, which must outlive it; a batch that contradicts the
/// ones before it is `corrupt`. For opening and for verifying.
log::batch_visitor replay_into(ledger::book_machine& machine);

} // namespace daybook::actors
