#pragma once

#include "actors/node_options.hpp"
#include "base/error.hpp"
#include "ledger/book_machine.hpp"
#include "log/stored_batch.hpp"

#include <optional>

// The bytes of a log become the state of a machine. What is returned here is called with each batch
// in order, on any thread; a batch that contradicts the ones before it is `corrupt` (file, offset).

namespace daybook::actors {

/// Applies each batch to `machine`, which must outlive it. For opening and for verifying.
log::batch_visitor replay_into(ledger::book_machine& machine);

/// The same, and moves keys that memory is too small for to the index as they come: opening takes
/// no more memory than running. What the index refuses ends the replay and is kept in `refused`.
log::batch_visitor replay_and_spill(const environment& env, ledger::book_machine& machine,
                                    book_id book, std::optional<error>& refused);

} // namespace daybook::actors
