#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "ledger/events.hpp"
#include "log/batch_reader.hpp"
#include "log/stored_batch.hpp"

#include <cstddef>
#include <functional>
#include <span>

// Reading events from a book's log beside its writer. Everything here blocks on the disk.
// Errors: `corrupt` (file, offset), `io`.

namespace daybook::actors {

/// Where an event stands in the log.
struct event_place {
  event_seq seq;
  std::size_t bytes = 0; ///< of the event in the log
  const log::stored_batch& batch;
};

ledger::batch_info info_of(const log::stored_batch& batch);

/// The same error, with the place that it is about.
error at_record(const error& reason, const log::stored_batch& batch);

/// A reader of the batches from the one that holds `from` to the one that holds `last`, which is at
/// most `scan.last` [I7].
result<log::batch_reader> read_batches(const environment& env, const log_scan& scan, event_seq from,
                                       event_seq last);

/// Is given an event and says whether to go on.
using event_visitor = std::function<result<bool>(const ledger::stored_event&, const event_place&)>;

/// Visits the events from `from` to `last`, in order.
result<void> each_event(const environment& env, const log_scan& scan, event_seq from,
                        event_seq last, const event_visitor& visit);

/// Visits the events at the given places, which ascend and are at most `scan.last`. Seeks to each,
/// but for those that are near the one before.
result<void> each_event_of(const environment& env, const log_scan& scan,
                           std::span<const event_seq> wanted, const event_visitor& visit);

} // namespace daybook::actors
