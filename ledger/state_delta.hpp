#pragma once

#include "base/result.hpp"
#include "ledger/balances.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/lifecycles.hpp"
#include "ledger/state.hpp"
#include "ledger/types.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daybook::ledger {

/// What batches of events change of a state: so that a snapshot can be written from the one before
/// it and the log in between, account by account. Memory holds the accounts that were touched or
/// opened, not the others. One thread, beside the book's.
class state_delta {
public:
  /// `names` must outlive this and know the accounts of `before`; they are looked up by number
  /// only.
  state_delta(book_state_header before, const chart& names);

  /// Begins the next batch; it may be without events. Errors: `corrupt` with `seq`, when it does
  /// not follow. After an error the delta is of no use.
  [[nodiscard]] result<void> begin(const batch_info& batch);

  /// The next event of the batch that was begun. Errors: `corrupt` with `seq`.
  [[nodiscard]] result<void> apply(const event& x);

  // -- the state after the last event applied ----------------------------------------------------

  const book_state_header& header() const { return header_; }

  /// An account that was there before, in its state before. Where the log and that state contradict
  /// each other so much that the balance would pass 128 bits, it stays as it was: such a state does
  /// not balance, which `book_machine::restore` finds.
  account_state updated(account_no n, account_state before) const;

  /// The others, in order.
  const std::vector<account_state>& new_accounts() const { return new_accounts_; }

private:
  /// Of an account that was there before.
  struct change {
    amount net; ///< debits are positive
    event_seq updated_seq;
    std::optional<lifecycle> state;
  };

  result<void> fold(const asset_registered& x, event_seq seq);
  result<void> fold(const account_opened& x, event_seq seq);
  result<void> fold(const transaction_posted& x, event_seq seq);
  result<void> fold(const account_closed& x, event_seq seq);
  result<void> fold(const account_reopened& x, event_seq seq);
  result<void> set_lifecycle(account_no n, const lifecycle& x);
  asset_no asset_of(account_no n) const;
  bool add(const posted_entry& x, event_seq seq);
  bool add_turnovers();

  book_state_header header_;
  const chart* names_;
  std::uint64_t accounts_before_;
  batch_info batch_; ///< the last one begun
  absl::flat_hash_map<std::string, asset_no> asset_by_id_;
  absl::flat_hash_map<account_no, change> changes_;
  std::vector<account_state> new_accounts_;
  std::vector<asset_no> new_assets_of_; ///< of the new accounts
  /// Of the transaction being folded.
  absl::flat_hash_map<asset_no, turnover> sums_;
};

} // namespace daybook::ledger
