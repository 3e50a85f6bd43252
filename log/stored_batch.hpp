#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"
#include "log/format.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace daybook::log {

/// One record of a book's log, verified. The views stay valid until the reader that gave it is
/// asked for the next one.
struct stored_batch {
  record_kind kind = record_kind::events;
  event_seq first_seq;           ///< of its events; without events, of the next one
  std::uint32_t event_count = 0; ///< zero for every kind but `events`
  writer_epoch epoch;
  log_index index;
  timestamp committed_at;
  chain_hash chain{}; ///< over everything up to and including this record [I11]
  byte_span payload;  ///< walk it with `event_list`
  std::string_view file;
  std::uint64_t offset = 0; ///< of the record in the file

  /// The last event at or before this record.
  event_seq last_seq() const { return event_seq{first_seq.value() + event_count - 1}; }
};

/// Called for each record in order. An error ends the reading and is handed on as it is.
using batch_visitor = std::function<result<void>(const stored_batch&)>;

/// An incomplete last record, or a last segment whose creation was interrupted: what an interrupted
/// write leaves. Nothing in it was ever acknowledged [I1].
struct torn_tail {
  std::string file;
  std::uint64_t offset = 0; ///< where the record would begin; zero when the file is the tail
  std::uint64_t bytes = 0;  ///< from there to the end of the file
  bool whole_file = false;  ///< the segment's header page is incomplete
};

} // namespace daybook::log
