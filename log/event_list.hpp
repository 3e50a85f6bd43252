#pragma once

#include "base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace daybook::log {

/// Appends one event to a batch's payload: its length as a LEB128 varint, then its bytes. This is
/// protobuf's delimited form. The event may be empty.
void append_event(byte_buffer& payload, byte_span event);

/// Walks the events of a payload, in order, without copying:
///
///     event_list events{batch.payload};
///     while (auto event = events.next())
///       use(*event);
///
/// It never reads outside the payload. A payload that came from a `batch_reader` has been checked
/// to be a well-formed list of the number of events that its header states; for bytes from anywhere
/// else ask `malformed()` after the last event.
class event_list {
public:
  explicit event_list(byte_span payload) : rest_(payload) {}

  /// The next event, or nothing at the end and at the first malformed length.
  std::optional<byte_span> next();

  /// Whether the walk stopped before the end because a length is cut off, is longer than 64 bits,
  /// or passes the end.
  bool malformed() const { return malformed_; }

private:
  byte_span rest_;
  bool malformed_ = false;
};

/// The number of events in a payload, or nothing when it is malformed.
std::optional<std::size_t> count_events(byte_span payload);

} // namespace daybook::log
