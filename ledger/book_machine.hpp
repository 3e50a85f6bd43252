#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/idempotency.hpp"
#include "ledger/types.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace daybook::ledger {

/// The book's answer to a write, before anything is durable.
struct staged {
  event_seq seq;              ///< of the event, or of the first one when it is a duplicate
  bool deduplicated = false;
  /// What to append to the batch; null for a duplicate. Valid until the next call to the machine.
  const event* to_append = nullptr;
};

/// The batch that was being staged, closed and on its way to the disk.
struct sealed_batch {
  event_seq first_seq;
  std::size_t events = 0;
  timestamp committed_at;
};

/// A balance as a reader sees it: durable only [I7].
struct balance {
  amount value;          ///< on the account's normal side, minor units
  event_seq updated_seq; ///< of the last transaction that touched it; zero if none did
};

/// Sums over all accounts of one asset. Debits equal credits in both pairs [I6].
struct trial_balance_row {
  asset_no asset;
  amount debit_turnover;  ///< of all postings ever
  amount credit_turnover;
  amount debit_balances;  ///< of the accounts that stand on the debit side
  amount credit_balances;
};

/// The rules of one book, and nothing else: no I/O, no clock, no threads. It decides what a write
/// means, numbers it, and tells readers only what is durable. `actors::book` drives it, one thread
/// at a time, in this circle:
///
///     stage … stage → seal → (the batch is written and synced) → mark_durable
///
/// One batch may be sealed and not yet durable while the next one is staged. When a batch fails the
/// machine is thrown away [I2]; nothing of the batch has reached a reader.
class book_machine {
public:
  book_machine(book_id id, writer_epoch epoch, limits bounds);

  // -- writing -----------------------------------------------------------------------------------

  /// Validates against the staged state and stages. A refusal changes nothing and takes no seq.
  /// Errors: those of the rules, see `ec`; the message and fields are for the client as they are.
  result<staged> stage(const asset_definition& x);
  result<staged> stage(const account_definition& x);
  result<staged> stage(const transaction& x);
  result<staged> stage(const command& x);

  /// Closes the batch being staged; there must be one, and none sealed. `now` is the wall clock;
  /// the batch is stamped with the later of it and the last commit [I4].
  sealed_batch seal(timestamp now);

  /// The sealed batch is durable: its events become visible in order of acceptance.
  void mark_durable(const chain_hash& chain);

  // -- opening -----------------------------------------------------------------------------------

  /// Applies one durable event of the log, in order. Call `begin_replay` before each batch's first.
  /// Errors: `corrupt` when the event contradicts the ones before it.
  void begin_replay(const batch_info& batch);
  result<void> replay(const event& x);

  // -- positions ---------------------------------------------------------------------------------

  event_seq staged_seq() const;   ///< last event accepted
  event_seq durable_seq() const;  ///< last event durable and visible
  std::size_t staged_events() const; ///< in the batch being staged
  bool has_sealed() const;        ///< a batch is on its way to the disk

  // -- reading: durable state --------------------------------------------------------------------

  /// The receipt of a durable event.
  receipt receipt_of(event_seq seq, bool deduplicated) const;

  /// Errors: `unknown_account`.
  result<account_no> find_account(std::string_view path) const;
  result<asset_no> find_asset(std::string_view id) const;
  balance balance_of(account_no n) const;

  std::size_t accounts() const; ///< durable ones: numbers 0 … n−1
  std::size_t assets() const;
  std::vector<trial_balance_row> trial_balance() const;

  /// For readers on other threads; see `chart`.
  std::shared_ptr<const chart> chart_of_accounts() const { return chart_; }
  book_id id() const { return id_; }
  writer_epoch epoch() const { return epoch_; }

private:
  // the helper's to write
};

} // namespace daybook::ledger
