#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "ledger/events.hpp"

// An event as it is stored: the protobuf message `daybook.v1.Event` of ledger.proto. An event has
// exactly one encoding: fields in ascending order, none twice, no default values, shortest varints.
// What differs in any of this is refused, so that equal events are equal bytes in every log.
//
// Free of state; called by a book for every write and by replay for every event, on any thread.

namespace daybook::protocol {

/// Appends the bytes of `x` to `out`, without a length prefix. `x` keeps the rules of ledger/:
/// amounts of postings are positive, `normal_side` is set. Text is written as it is. `joined` is
/// that of `ledger::stored_event`.
void encode(const ledger::event& x, bool joined, byte_buffer& out);

/// Reads one event that fills `bytes` into `to`, whose memory is used again where it can be: replay
/// decodes into one object over and over. Takes no more memory than a small multiple of `bytes`.
/// After an error the content of `to` is unspecified.
/// Errors: `corrupt`, also for fields or kinds of event of a newer version; the caller adds `file`
/// and `offset`.
result<void> decode(byte_span bytes, ledger::stored_event& to);

/// As above, into a new object.
result<ledger::stored_event> decode(byte_span bytes);

} // namespace daybook::protocol
