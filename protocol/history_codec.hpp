#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"
#include "ledger/types.hpp"

#include <optional>
#include <string>
#include <vector>

// The values of the history index, as protobuf messages: what a transaction did to an account, and
// the sums of an asset. They have one encoding, as events do.
//
// Free of state; called by whoever writes and reads the index, on any thread.

namespace daybook::protocol {

struct history_posting {
  ledger::side direction = ledger::side::debit;
  ledger::amount value; ///< minor units, > 0

  friend bool operator==(const history_posting&, const history_posting&) = default;
};

/// One transaction as one of its accounts sees it.
struct history_entry {
  ledger::amount balance_after; ///< on the account's normal side, after the whole transaction
  timestamp committed_at;
  std::optional<timestamp> occurred_at;
  std::string key;
  std::vector<history_posting> postings; ///< those of the account, in order; at least one

  friend bool operator==(const history_entry&, const history_entry&) = default;
};

/// An asset's sums over a whole book: debits equal credits [I6].
struct asset_sums {
  ledger::amount debit_turnover; ///< of all postings ever
  ledger::amount credit_turnover;
  ledger::amount debit_balances; ///< of all accounts
  ledger::amount credit_balances;

  friend bool operator==(const asset_sums&, const asset_sums&) = default;
};

/// Append the bytes of a value to `out`, without a length prefix. An entry takes at least six
/// bytes, sums take eight.
void encode(const history_entry& x, byte_buffer& out);
void encode(const asset_sums& x, byte_buffer& out);

/// Errors: `corrupt`, also for fields of a newer version. The index can be built again [I9].
result<history_entry> decode_history_entry(byte_span bytes);
result<asset_sums> decode_asset_sums(byte_span bytes);

} // namespace daybook::protocol
