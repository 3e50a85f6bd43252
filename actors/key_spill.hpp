#pragma once

#include "actors/node_options.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "ledger/idempotency.hpp"

namespace daybook::actors {

/// Writes a generation of a book's keys to the index, in one go, with the mark of its end. Once
/// this returns memory may forget them: a crash that takes them from the index takes the mark too,
/// and then opening finds them in the log [I5]. A hurried generation is durable when this returns.
/// Blocks. Errors: `io`, `corrupt`.
result<void> spill_keys(const environment& env, book_id book, const ledger::key_generation& keys);

} // namespace daybook::actors
