#pragma once

#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "log/format.hpp"

#include <limits>
#include <optional>
#include <string_view>

namespace daybook::log {

/// Before every commit time.
inline constexpr timestamp lowest_timestamp{std::numeric_limits<std::int64_t>::min()};

/// A place between two records, and what must be true of the next one: the rules that span records
/// and segments.
struct log_position {
  event_seq next_seq{1};
  log_index next_index{1};
  writer_epoch epoch; ///< of the last record; zero before the first
  timestamp committed_at = lowest_timestamp;
  std::optional<chain_hash> chain; ///< unknown after records that were passed over unread

  /// Why a record, or a segment's header page, cannot come next; empty when it can.
  std::string_view objection(const record_header& next) const;
  std::string_view objection(const segment_header& next) const;

  /// Goes on behind a record that may come next.
  void pass(const record_header& next, std::optional<chain_hash> chain_after);
};

} // namespace daybook::log
