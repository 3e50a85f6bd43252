#pragma once

#include "base/result.hpp"
#include "ledger/balances.hpp"
#include "ledger/chart.hpp"
#include "ledger/event_check.hpp"
#include "ledger/events.hpp"
#include "ledger/lifecycles.hpp"
#include "ledger/state.hpp"
#include "ledger/types.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::ledger {

/// What batches of events change of a state: so that a snapshot can be written from the one before
/// it and the log in between, account by account. Memory holds the accounts that were touched or
/// opened, not the others. One thread, beside the book's.
class state_delta final : private known_so_far {
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

  /// Makes of the state before of an account the one after; one that was not there before is among
  /// `new_accounts`.
  /// Errors: `corrupt` with `seq` when the log cannot have come from that state.
  result<void> update(account_no n, account_state& x) const;

  /// The others, in order.
  const std::vector<account_state>& new_accounts() const { return new_accounts_; }

private:
  /// Of an account that was there before.
  struct change {
    amount net{}; ///< debits are positive
    event_seq updated_seq{};
    bool was_closed = false; ///< in the state before, as the events take it to have been
    std::optional<lifecycle> state{};
  };

  bool has_asset(const std::string& id) const override;
  bool has_account(const std::string& path) const override;
  std::uint64_t accounts() const override { return header_.accounts; }
  bool can_be(account_no n, bool closed) override;

  result<void> fold(const asset_registered& x, event_seq seq);
  result<void> fold(const account_opened& x, event_seq seq);
  result<void> fold(const transaction_posted& x, event_seq seq);
  result<void> fold(const account_closed& x, event_seq seq);
  result<void> fold(const account_reopened& x, event_seq seq);
  void set_lifecycle(account_no n, const lifecycle& x);
  asset_no asset_of(account_no n) const;
  bool add(const posted_entry& x, event_seq seq);
  bool add_turnovers();
  tl::unexpected<error> contradicts(const account_state& before, std::string_view how) const;

  book_state_header header_;
  const chart* names_;
  std::uint64_t accounts_before_;
  batch_info batch_; ///< the last one begun
  absl::flat_hash_map<std::string, asset_no> asset_by_id_;
  absl::flat_hash_map<account_no, change> changes_;
  std::vector<account_state> new_accounts_;
  absl::flat_hash_set<std::string> new_paths_;
  std::vector<asset_no> new_assets_of_; ///< of the new accounts
  /// Of the transaction being folded.
  absl::flat_hash_map<asset_no, turnover> sums_;
};

} // namespace daybook::ledger
