#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "ledger/state.hpp"

#include <vector>

// A book's state at a seq, as protobuf messages that are written and read one after another, so
// that no more than one chunk is in memory: a header, then chunks of accounts until all
// `header.accounts` are there. How messages are framed and checksummed is log/'s business.
//
// Free of state; called on the thread that writes or opens a snapshot.

namespace daybook::protocol {

/// Accounts that follow each other by account_no.
struct snapshot_chunk {
  account_no first;
  std::vector<ledger::account_state> accounts;

  friend bool operator==(const snapshot_chunk&, const snapshot_chunk&) = default;
};

/// Append the bytes of a message to `out`, without a length prefix.
void encode(const ledger::book_state_header& x, byte_buffer& out);
void encode(const snapshot_chunk& x, byte_buffer& out);

/// The same as encoding a chunk, in pieces: its beginning, then its accounts in order.
void encode_chunk_begin(account_no first, byte_buffer& out);
void encode_next(const ledger::account_state& x, byte_buffer& out);

/// Errors: `corrupt`, also for fields of a newer version; the caller adds `file` and `offset`. A
/// snapshot that does not decode costs a longer replay and nothing else [I9].
result<ledger::book_state_header> decode_snapshot_header(byte_span bytes);

/// Into a chunk that may be of an earlier message, for the memory of its strings. After an error it
/// holds nothing of use.
result<void> decode(byte_span bytes, snapshot_chunk& to);

} // namespace daybook::protocol
