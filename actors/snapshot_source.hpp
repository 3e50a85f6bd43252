#pragma once

#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/state.hpp"
#include "log/snapshot_catalog.hpp"
#include "log/snapshot_reader.hpp"
#include "protocol/snapshot_codec.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace daybook::actors {

/// Reads a snapshot piece by piece: its header, then all its accounts in order. Only the end tells
/// that it is whole. For one thread; blocks.
/// Errors: `corrupt` (file), `invalid_argument` for a newer version, `io`.
class snapshot_source {
public:
  static result<snapshot_source> open(const environment& env, const log::snapshot_entry& entry);

  const std::string& path() const { return path_; }
  const ledger::book_state_header& header() const { return header_; }

  /// The next accounts, the caller's until the next call, or null after the last one.
  result<protocol::snapshot_chunk*> next();

private:
  snapshot_source(std::string path, log::snapshot_reader from)
      : path_(std::move(path)), from_(std::move(from)) {}

  result<void> read_header(event_seq seq);
  tl::unexpected<error> corrupt(std::string what) const;

  std::string path_;
  log::snapshot_reader from_;
  ledger::book_state_header header_;
  protocol::snapshot_chunk chunk_;
  std::uint64_t accounts_ = 0; ///< given out
};

/// Restores a machine that is new from a source of which only the header has been read; half of a
/// state is left in it after an error. Errors: those of the source; `corrupt`.
result<void> restore(snapshot_source& from, ledger::book_machine& machine);

/// Opens it if it comes from a book's log; what does not is an error, too. `live` is the index of
/// the log's writer, and `passed` is told, as for `log::contains_point`.
result<snapshot_source> open_snapshot_of(const environment& env, const log::snapshot_entry& entry,
                                         const std::string& directory, const std::string& book,
                                         const log::live_index* live = nullptr,
                                         log::live_index* passed = nullptr);

} // namespace daybook::actors
