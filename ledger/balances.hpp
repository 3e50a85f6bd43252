#pragma once

#include "base/ids.hpp"
#include "ledger/amount.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/stable_vector.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace daybook::ledger {

/// A balance as a reader sees it: durable only [I7].
struct balance {
  amount value;          ///< on the account's normal side, minor units
  event_seq updated_seq; ///< of the last transaction that touched it; zero if none did

  friend bool operator==(const balance&, const balance&) = default;
};

/// What was ever posted in an asset.
struct turnover {
  amount debit;
  amount credit;

  friend bool operator==(const turnover&, const turnover&) = default;
};

/// Sums over all accounts of one asset. Debits equal credits in both pairs [I6].
struct trial_balance_row {
  asset_no asset;
  amount debit_turnover; ///< of all postings ever
  amount credit_turnover;
  amount debit_balances; ///< of the accounts that stand on the debit side
  amount credit_balances;

  friend bool operator==(const trial_balance_row&, const trial_balance_row&) = default;
};

/// The first thing that is wrong with a set of postings. Members that the reason does not name are
/// zero.
struct objection {
  enum class reason : std::uint8_t {
    closed,            ///< `account`
    sum_overflow,      ///< adding `value` to the debits or credits of `asset` in the transaction
    unbalanced,        ///< `debit` and `credit` of `asset` in the transaction
    balance_overflow,  ///< of `account`
    below_min,         ///< `value` on the normal side of `account`
    above_max,         ///< `value` on the normal side of `account`
    turnover_overflow, ///< adding `value` to the debits or credits of `asset` ever
  };

  reason why;
  asset_no asset{}; ///< always set
  account_no account{};
  amount debit{};
  amount credit{};
  amount value{};
};

/// Where in a batch's log of balances those of one transaction stand.
struct logged_balances {
  std::uint32_t first = 0;
  std::uint32_t count = 0;
};

/// The balances of a book, each in two states: `staged`, which the next transaction is judged by,
/// and `durable`, which readers see [I7]. Inside, debits are positive. For the book's thread.
class balances {
public:
  /// `accounts` must outlive this, and know every account that is opened here.
  explicit balances(const chart& accounts) : chart_(&accounts) {}

  /// The next asset, and the next account, of the chart.
  void add(asset_no n);
  void add(account_no n);

  /// From now on the account takes postings, or none. Staged.
  void set_closed(account_no n, bool closed) { accounts_[n.value()].closed = closed; }

  /// Staged.
  bool is_closed(account_no n) const { return accounts_[n.value()].closed; }

  // -- writing -----------------------------------------------------------------------------------

  /// Judges postings as a whole against the staged state, and remembers their outcome for `post`
  /// and `settle`; no balance changes. Their accounts must exist and their amounts be positive.
  std::optional<objection> weigh(std::span<const posted_entry> entries);

  /// Applies what was last weighed, without an objection, to the staged state. Logs the balances of
  /// its accounts, in the order in which the postings first name them.
  logged_balances post(event_seq seq);

  /// The same, to both states at once and without a log: the transaction is durable already.
  void settle(event_seq seq);

  /// Closes the staged batch. There must be none closed.
  void seal();

  /// The closed batch is durable. Its log is kept until the next one is.
  void mark_durable();

  /// What the log of the staged batch, or of the one that was marked durable last, says.
  std::vector<account_balance> staged_log(const logged_balances& x) const;
  std::vector<account_balance> durable_log(const logged_balances& x) const;

  // -- taking back -------------------------------------------------------------------------------

  /// A staged state to come back to.
  struct mark {
    std::size_t assets = 0;
    std::size_t accounts = 0;
    std::size_t logged = 0;
    std::size_t turnovers = 0;
    std::size_t undo_accounts = 0;
    std::size_t undo_assets = 0;
  };

  /// From here on the way back is recorded, until `forget_marks`. No seal in between.
  mark set_mark();

  /// The last mark, or one before it. Assets and accounts added since are gone.
  void undo_to(const mark& x);
  void forget_marks();

  // -- a state from elsewhere --------------------------------------------------------------------

  void restore(asset_no n, const turnover& x);
  void restore(account_no n, amount on_normal_side, event_seq updated_seq);

  // -- reading -----------------------------------------------------------------------------------

  /// Durable.
  balance of(account_no n) const;
  const turnover& turnover_of(asset_no n) const { return assets_[n.value()].durable; }

  /// What the next transaction is judged by.
  balance staged(account_no n) const;

  /// A row for each of the first `assets` assets, over the first `accounts` accounts. Durable.
  std::vector<trial_balance_row> trial(std::size_t assets, std::size_t accounts) const;

private:
  /// One cache line.
  struct alignas(64) account_row {
    amount staged{};
    amount durable{};
    event_seq staged_updated{};
    event_seq durable_updated{};
    asset_no asset{};
    std::uint32_t slot = 0; ///< in `touched_`, if that has this account there
    side normal = side::debit;
    bool bounded = false; ///< has a minimum or a maximum
    bool closed = false;  ///< staged
  };
  static_assert(sizeof(account_row) == 64);

  struct asset_row {
    turnover staged;
    turnover durable;
    std::uint32_t slot = 0; ///< in `sums_`, if that has this asset there
  };

  /// An account in the transaction being weighed: first its net change, then its balance after.
  struct touched_account {
    account_no account;
    amount net;
  };

  /// An asset in the transaction being weighed: first its sums, then its turnover after.
  struct touched_asset {
    asset_no asset;
    turnover sums;
  };

  struct account_change {
    account_no account;
    event_seq seq;
    amount after;
  };

  /// What a batch makes durable, in order of acceptance.
  struct changes {
    std::vector<account_change> accounts;
    std::vector<touched_asset> assets;

    void clear();
  };

  struct account_undo {
    account_no account;
    amount staged;
    event_seq updated;
  };

  std::vector<account_balance> read(const changes& from, const logged_balances& x) const;
  void record_way_back();
  touched_account& touch(account_no n, account_row& row);
  touched_asset& touch(asset_no n);
  std::optional<objection> collect(std::span<const posted_entry> entries);
  std::optional<objection> find_unbalanced() const;
  std::optional<objection> advance_accounts();
  std::optional<objection> advance_turnovers();
  std::optional<objection> judge(account_no n, const account_row& row, amount after) const;

  const chart* chart_;
  stable_vector<account_row> accounts_;
  stable_vector<asset_row> assets_;
  /// The transaction being weighed. Rows point here, and an entry counts only if it points back, so
  /// that forgetting a transaction is free.
  std::vector<touched_account> touched_;
  std::vector<touched_asset> sums_;
  changes staging_;
  changes sealed_;
  changes last_durable_; ///< for its log

  bool recording_ = false;
  std::vector<account_undo> undo_accounts_;
  std::vector<touched_asset> undo_assets_;
  /// Turnovers that stand in the log at a mark are not to be overwritten.
  std::size_t turnovers_marked_ = 0;
};

} // namespace daybook::ledger
