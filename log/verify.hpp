#pragma once

#include "log/storage.hpp"
#include "log/stored_batch.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::log {

/// What a log holds, all of it verified.
struct verify_report {
  book_id book;
  std::uint64_t segments = 0;
  std::uint64_t batches = 0; ///< records with events
  event_seq last_seq;
  writer_epoch epoch; ///< of the last record; zero when there is none
  chain_hash chain{}; ///< over the whole log [I11]
  /// What opening the book would cut off. Not an error: nothing of it was acknowledged [I8].
  std::optional<torn_tail> torn;
};

/// Checks a book's log as opening it would, every record of it, and writes nothing; takes no lock.
/// `directory` is the book's own, `book` the name it must have. `visitor` may be empty; what it is
/// given is durable.
///
/// Also beside a live writer: then it checks everything that was acknowledged before the call, and
/// perhaps more. A record that is being written may at worst be reported as torn.
/// Errors: `corrupt` with `file` and `offset`; `not_found`; `invalid_argument` for a newer format;
/// `io`; what `visitor` returns.
result<verify_report> verify(storage& disk, const std::string& directory, std::string_view book,
                             const batch_visitor& visitor);

} // namespace daybook::log
