#pragma once

#include "ledger/types.hpp"

// What stands in the log. An event is complete with the events before it: postings name accounts
// by their number, so that they are small and need no lookup when they are applied.

namespace daybook::ledger {

/// What ties an event to others: texts of the client, or the id of an event.
struct event_links {
  std::string correlation_id; ///< may be empty
  std::string causation_id;   ///< may be empty

  friend bool operator==(const event_links&, const event_links&) = default;
};

/// The n-th of these in a book has asset_no n, from 0.
struct asset_registered {
  asset_definition definition;
  event_links links;

  friend bool operator==(const asset_registered&, const asset_registered&) = default;
};

/// The n-th of these in a book has account_no n, from 0. `normal_side` is always set.
struct account_opened {
  account_definition definition;
  event_links links;

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
  event_seq reverses; ///< the transaction whose mirror image this is; zero if none

  friend bool operator==(const transaction_posted&, const transaction_posted&) = default;
};

struct account_closed {
  account_no account;
  event_links links;

  friend bool operator==(const account_closed&, const account_closed&) = default;
};

struct account_reopened {
  account_no account;
  event_links links;

  friend bool operator==(const account_reopened&, const account_reopened&) = default;
};

using event = std::variant<asset_registered, account_opened, transaction_posted, account_closed,
                           account_reopened>;

/// An event as the log holds it. `joined` says that it belongs to the same unit (an atomic batch, a
/// fence) as the event before it in its batch: whoever is shown one is shown the other.
struct stored_event {
  event content;
  bool joined = false;

  friend bool operator==(const stored_event&, const stored_event&) = default;
};

} // namespace daybook::ledger
