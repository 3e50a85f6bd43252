#pragma once

#include "log/file_window.hpp"

#include <cstdint>
#include <string_view>

namespace daybook::log {

/// What was seen at a place where a record or a header page should begin and nothing verifies.
struct evidence {
  /// The header page of the next segment follows exactly from what was read up to here: its first
  /// seq, first log index, epoch and previous chain hash.
  bool next_follows = false;
  /// From here to the end of the file there are only zeros, or nothing.
  bool rest_is_zero = false;
  /// From here to the end of the file there is a footer that verifies.
  bool sealed = false;
  /// No later segment exists.
  bool last_segment = false;
  /// Further on in the file something verifies as a record of this segment.
  bool record_after = false;
  /// The file ends inside the thing.
  bool ends_inside = false;
  /// A sector that the thing covers was never written: it is zero where the thing is not.
  bool sector_missing = false;
};

enum class verdict {
  clean_end, ///< the segment ends here
  cut_tail,  ///< an interrupted write: nobody was told that it succeeded
  corrupt,   ///< anything else: refuse, and change nothing
};

/// Torn is not corrupt [I8]. Files are extended with zeros ahead of need, a record is written once
/// and synced before anything follows it, and the sectors of one unsynced write may become durable
/// in any order. So an interrupted write leaves a record with a piece missing (a sector still zero,
/// or the file's end), in the last segment, with nothing after it. A record that is all there and
/// does not verify was damaged afterwards, and it may have been acknowledged.
///
/// Where the next segment follows, every record of this one was read, and what stands behind the
/// last is no record: zeros, a footer, or parts of one. A footer is written when the next segment
/// is durable, so a good one in the last segment means that segments were taken away.
///
///     | next    | rest    |        | last    | record | ends inside or |           |
///     | follows | is zero | sealed | segment | after  | sector missing | verdict   |
///     |---------|---------|--------|---------|--------|----------------|-----------|
///     | yes     | any     | any    | any     | any    | any            | clean_end |
///     | no      | yes     | any    | any     | any    | any            | clean_end |
///     | no      | no      | yes    | no      | any    | any            | clean_end |
///     | no      | no      | yes    | yes     | any    | any            | corrupt   |
///     | no      | no      | no     | no      | any    | any            | corrupt   |
///     | no      | no      | no     | yes     | yes    | any            | corrupt   |
///     | no      | no      | no     | yes     | no     | no             | corrupt   |
///     | no      | no      | no     | yes     | no     | yes            | cut_tail  |
verdict decide(const evidence& seen);

/// The verdict in words, for an error's message.
std::string_view explain(const evidence& seen);

/// Looks at a record that does not verify, and at everything after it.
result<evidence> examine_record(file_window& file, std::uint64_t offset, std::uint64_t salt,
                                bool last_segment);

/// Looks at a header page that does not verify, and at everything after it. An interrupted creation
/// leaves nothing but a part of the page: any byte after it counts as a record.
result<evidence> examine_header_page(file_window& file, bool last_segment);

} // namespace daybook::log
