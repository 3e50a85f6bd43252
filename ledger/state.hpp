#pragma once

#include "ledger/types.hpp"

#include <cstdint>
#include <vector>

// A book's state after one of its batches, in pieces: what a snapshot holds. Idempotency keys are
// not in it: they have an index of their own, and the log.

namespace daybook::ledger {

/// The n-th has asset_no n.
struct asset_state {
  asset_definition definition;
  event_seq registered_at;
  amount debit_turnover; ///< of all postings ever
  amount credit_turnover;

  friend bool operator==(const asset_state&, const asset_state&) = default;
};

/// The n-th has account_no n.
struct account_state {
  account_definition definition; ///< `normal_side` is set
  event_seq opened_at;
  amount balance;        ///< on the normal side, minor units
  event_seq updated_seq; ///< of the last transaction that touched it; zero if none did
  bool closed = false;
  event_seq changed_at; ///< when it was last closed or reopened; zero if never

  friend bool operator==(const account_state&, const account_state&) = default;
};

/// What a book's state is beside its accounts.
struct book_state_header {
  book_id book;
  writer_epoch epoch; ///< of the last event's writer
  event_seq seq;      ///< the last event that is in the state
  chain_hash chain{}; ///< after the batch that ends with `seq`
  timestamp committed_at;
  std::uint64_t accounts = 0;
  std::vector<asset_state> assets;

  friend bool operator==(const book_state_header&, const book_state_header&) = default;
};

} // namespace daybook::ledger
