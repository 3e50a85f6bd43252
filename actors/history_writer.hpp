#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "actors/reads/running_balances.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "index/side_index.hpp"
#include "ledger/events.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <variant>

namespace daybook::actors {

/// Where the history index of a book ends. What is in it and does not come from this log, because
/// it is ahead of it, of another one, or damaged, is forgotten; then it ends before the first event
/// [I9]. Blocks. Errors: `io`, and `corrupt` for the log.
result<event_seq> find_history_end(const environment& env, const log_scan& scan);

/// Writes the history of one book to the index, batch by batch, in chunks. For one thread; blocks.
/// Errors of all: `corrupt` for an event or an entry that does not make sense, `io`. After an error
/// it is of no use.
class history_writer {
public:
  /// Goes on after `end`, where the history in the index ends.
  history_writer(index::side_index& index, book_id book, std::shared_ptr<const ledger::chart> names,
                 event_seq end);

  /// The first event that is wanted.
  event_seq next() const { return end_.seq.next(); }

  /// Takes in the events of the batch that begins with `next`.
  result<void> add(const ledger::batch_info& batch, byte_span payload);

  /// Whether what was taken in is enough for a chunk.
  bool is_full() const;

  /// Adds to the index what was taken in since the last time, with its mark; nothing if there is
  /// nothing. Gives the last event that is indexed now.
  result<event_seq> write();

private:
  result<void> add(const ledger::event& x, event_seq seq, timestamp committed_at);
  result<void> add(const ledger::transaction_posted& x, event_seq seq, timestamp committed_at);
  result<void> add_sums();

  index::side_index* index_;
  book_id book_;
  std::shared_ptr<const ledger::chart> names_;
  running_balances balances_;
  index::mark end_; ///< of what was taken in
  index::history_update update_;
  std::uint64_t events_ = 0;   ///< in `update_`
  std::set<asset_no> changed_; ///< since the last chunk
  byte_buffer scratch_;
};

} // namespace daybook::actors
