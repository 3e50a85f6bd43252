#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"
#include "ledger/types.hpp"

#include <cstdint>
#include <vector>

// A book's state at a seq, as protobuf messages that are written and read one after another, so
// that no more than one chunk is in memory: a header, then chunks of accounts until all
// `header.accounts` are there. How messages are framed and checksummed is log/'s business.
//
// Free of state; called on the thread that writes or opens a snapshot.

namespace daybook::protocol {

/// The n-th in a header has asset_no n.
struct snapshot_asset {
  ledger::asset_definition definition;
  event_seq registered_at;
  ledger::amount debit_turnover; ///< of all postings ever
  ledger::amount credit_turnover;

  friend bool operator==(const snapshot_asset&, const snapshot_asset&) = default;
};

struct snapshot_header {
  book_id book;
  writer_epoch epoch; ///< of the last event's writer
  event_seq seq;      ///< the last event that is in the state
  chain_hash chain{}; ///< after the batch that ends with `seq`
  timestamp committed_at;
  std::uint64_t accounts = 0; ///< in all chunks together
  std::vector<snapshot_asset> assets;

  friend bool operator==(const snapshot_header&, const snapshot_header&) = default;
};

struct snapshot_account {
  ledger::account_definition definition; ///< `normal_side` is set
  event_seq opened_at;
  ledger::amount balance; ///< on the normal side, minor units
  event_seq updated_seq;  ///< of the last transaction that touched it; zero if none did

  friend bool operator==(const snapshot_account&, const snapshot_account&) = default;
};

/// Accounts that follow each other by account_no.
struct snapshot_chunk {
  account_no first;
  std::vector<snapshot_account> accounts;

  friend bool operator==(const snapshot_chunk&, const snapshot_chunk&) = default;
};

/// Append the bytes of a message to `out`, without a length prefix.
void encode(const snapshot_header& x, byte_buffer& out);
void encode(const snapshot_chunk& x, byte_buffer& out);

/// Errors: `corrupt`, also for fields of a newer version; the caller adds `file` and `offset`. A
/// snapshot that does not decode costs a longer replay and nothing else [I9].
result<snapshot_header> decode_snapshot_header(byte_span bytes);
result<snapshot_chunk> decode_snapshot_chunk(byte_span bytes);

} // namespace daybook::protocol
