#pragma once

#include "ledger/types.hpp"

// What stands in the log. An event is complete with the events before it: postings name accounts
// by their number, so that they are small and need no lookup when they are applied.

namespace daybook::ledger {

/// The n-th of these in a book has asset_no n, from 0.
struct asset_registered {
  asset_definition definition;

  friend bool operator==(const asset_registered&, const asset_registered&) = default;
};

/// The n-th of these in a book has account_no n, from 0. `normal_side` is always set.
struct account_opened {
  account_definition definition;

  friend bool operator==(const account_opened&, const account_opened&) = default;
};

struct posted_entry {
  account_no account;
  side direction = side::debit;
  amount value; ///< minor units of the account's asset, > 0

  friend bool operator==(const posted_entry&, const posted_entry&) = default;
};

struct transaction_posted {
  std::string key;
  std::vector<posted_entry> entries;
  std::optional<timestamp> occurred_at;
  std::vector<external_ref> refs;
  std::string metadata;
  std::string correlation_id;
  std::string causation_id;

  friend bool operator==(const transaction_posted&, const transaction_posted&) = default;
};

using event = std::variant<asset_registered, account_opened, transaction_posted>;

} // namespace daybook::ledger
