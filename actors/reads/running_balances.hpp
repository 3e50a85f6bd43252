#pragma once

#include "base/result.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "protocol/history_codec.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace daybook::actors {

using protocol::asset_sums;

/// The balances of a book's accounts, and the sums of its assets, from some event on, moved by the
/// transactions after it. What was before is asked for when an account or asset is first met, so
/// that memory holds no more than what moved. For one thread.
class running_balances {
public:
  /// What was before the first transaction. The errors are handed on.
  struct start {
    std::function<result<ledger::amount>(account_no)> balance; ///< on the normal side
    /// May be empty: then no sums are kept.
    std::function<result<asset_sums>(asset_no)> sums;
  };

  /// Before the first event of a book.
  static start nothing();

  running_balances(std::shared_ptr<const ledger::chart> names, start before)
      : names_(std::move(names)), before_(std::move(before)) {}

  /// Errors: `corrupt` when something passes the range of amounts; after one it is of no use.
  result<void> apply(const ledger::transaction_posted& x);

  /// The accounts of the last transaction, each once, in the order in which its postings first name
  /// them.
  std::span<const account_no> touched() const { return touched_; }

  /// After that transaction, of the account that stands there in `touched`.
  ledger::amount balance_after(std::size_t touched) const {
    return rows_[touched_rows_[touched]].balance;
  }

  result<ledger::amount> balance_of(account_no n);
  result<asset_sums> sums_of(asset_no n);

private:
  struct account_row {
    ledger::amount balance;
    ledger::uint128 net = 0; ///< of the transaction being applied
    std::uint32_t slot = 0;  ///< in `touched_`, if that has this account there
  };

  /// Where in `rows_` it is.
  result<std::uint32_t> row_of(account_no n);
  result<asset_sums*> sums_row_of(asset_no n);
  result<void> add(const ledger::posted_entry& x);
  result<void> turn_over(const ledger::posted_entry& x);
  result<void> settle(account_no n, account_row& row);
  result<void> stand(account_no n, ledger::amount before, ledger::amount after);

  std::shared_ptr<const ledger::chart> names_;
  start before_;
  std::vector<account_row> rows_;
  absl::flat_hash_map<account_no, std::uint32_t> row_numbers_;
  absl::flat_hash_map<asset_no, asset_sums> assets_;
  std::vector<account_no> touched_;
  std::vector<std::uint32_t> touched_rows_;
};

} // namespace daybook::actors
