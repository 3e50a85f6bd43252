#pragma once

#include "actors/node_options.hpp"
#include "actors/replay.hpp"
#include "base/result.hpp"
#include "ledger/book_machine.hpp"
#include "log/book_log.hpp"
#include "log/log_point.hpp"
#include "log/sparse_index.hpp"

#include <cstdint>
#include <memory>
#include <string>

// Opening a book: a snapshot, the index and the log's bytes become the ledger's state. No actors in
// it.

namespace daybook::actors {

/// A book ready to work: its state, and its log, ready for more.
struct recovered_book {
  std::string name;
  std::string directory;
  ledger::book_machine machine;
  std::unique_ptr<log::book_log> log; ///< null when the book is only read
  log::recovery_report report;
  event_seq snapshot;      ///< of the snapshot that was loaded; zero if none was
  log::log_point end;      ///< how far the machine has read the log
  writer_epoch last_epoch; ///< of the last record that was read, when the book is only read
};

/// Opens a book; without one, creates it if asked. Blocks; called on a disk.
///
/// The state comes from the newest snapshot that fits the log, the keys up to some event are in the
/// index [I5], and what is behind both is replayed from the log. What is damaged, or does not come
/// from this log, is passed over, in the index forgotten, and made again from the log [I9]; when
/// the index cannot be written or read, all keys stay in memory.
///
/// A node that only reads takes no lock and writes nothing. It leaves keys of events before the
/// snapshot out of memory: a reader finds them in the log.
///
/// Errors: `not_found`, `corrupt` (file, offset; nothing was changed), `locked`, `io`,
/// `invalid_argument` (a newer format).
result<std::shared_ptr<recovered_book>> recover_book(const environment& env,
                                                     const std::string& name, bool create);

/// What is durable of a book whose log cannot be written: it is not locked, and nothing is written
/// to its directory. All keys are in memory that the index does not have. Blocks; called on a disk.
/// Errors: as `recover_book`.
result<std::shared_ptr<recovered_book>> read_book(const environment& env, const std::string& name);

/// For a node that only reads: takes in what has become durable since the book was opened, or
/// refreshed. Blocks. Errors: as `recover_book`; after one the book is to be opened again.
result<void> refresh(const environment& env, recovered_book& book);

/// A copy of a book that is written elsewhere, while it grows (docs/decisions/0024). One thread at
/// a time.
struct copied_book {
  std::shared_ptr<recovered_book> book; ///< what has been read; it has no log
  bool with_index = false;              ///< its keys go to the index as they do in a book's life
  /// Where the last record with events begins. It may be one that its writer had not synced, and
  /// replaces after a failure: it has to come again, and then has to be the same.
  std::string segment;
  std::uint64_t offset = 0;
  log::live_index passed; ///< places in that segment
};

/// Reads on in a copy, up to where it is whole: what stands behind may be half of something. Null
/// is read from the beginning. Blocks. Errors: as `recover_book`; then the copy is to be read from
/// the beginning.
result<void> read_copy(const environment& env, const std::string& name,
                       const std::string& directory, std::unique_ptr<copied_book>& copy);

/// Nothing is added to the copy any more: opens its log in `directory`, reads the rest, and takes
/// it for what it is: what is torn is cut off, and damage is an error. Blocks. Errors: as
/// `recover_book`.
result<void> open_copy(const environment& env, const std::string& name,
                       const std::string& directory, std::unique_ptr<copied_book>& copy);

/// The secret for the keys of a book that is only read: nobody can prepare keys for it.
inline constexpr ledger::key_secret read_only_secret{};

} // namespace daybook::actors
