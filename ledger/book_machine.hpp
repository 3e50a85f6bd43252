#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ledger/balances.hpp"
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
  event_seq seq; ///< of the event, or of the first one when it is a duplicate
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

  /// A machine that is replayed first: whose log it is, and the epoch to write under, are known
  /// when the log has been read. Call `start` before the first write and the first receipt.
  explicit book_machine(limits bounds);
  void start(book_id id, writer_epoch epoch);

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

  /// Begins a durable batch of the log; nothing may be staged. A batch may be without events.
  /// Errors: `corrupt`, with `seq`, when it contradicts the batches before it. The caller knows the
  /// file and the offset. After an error the machine is of no use.
  [[nodiscard]] result<void> begin_replay(const batch_info& batch);

  /// Applies the next event of the batch that was begun.
  /// Errors: `corrupt`, with `seq`, when it contradicts the events before it.
  [[nodiscard]] result<void> replay(const event& x);

  // -- positions ---------------------------------------------------------------------------------

  event_seq staged_seq() const;      ///< last event accepted
  event_seq durable_seq() const;     ///< last event durable and visible
  std::size_t staged_events() const; ///< in the batch being staged
  bool has_sealed() const;           ///< a batch is on its way to the disk

  // -- reading: durable state --------------------------------------------------------------------

  /// The receipt of a durable event: 0 < `seq` <= `durable_seq()`.
  receipt receipt_of(event_seq seq, bool deduplicated) const;

  /// Errors: `unknown_account`, `unknown_asset`.
  result<account_no> find_account(std::string_view path) const;
  result<asset_no> find_asset(std::string_view id) const;

  /// `n` is below `accounts()`.
  balance balance_of(account_no n) const;

  std::size_t accounts() const; ///< durable ones: numbers 0 … n−1
  std::size_t assets() const;
  std::vector<trial_balance_row> trial_balance() const;

  /// For readers on other threads; see `chart`.
  std::shared_ptr<const chart> chart_of_accounts() const { return chart_; }
  book_id id() const { return id_; }
  writer_epoch epoch() const { return epoch_; }

private:
  /// How far the book has come in one of the states that an event passes through.
  struct position {
    event_seq seq;
    std::size_t accounts = 0;
    std::size_t assets = 0;
  };

  result<staged> answer_known_key(const transaction& x, const first_use& first);
  result<void> apply(const asset_registered& x, event_seq seq);
  result<void> apply(const account_opened& x, event_seq seq);
  result<void> apply(const transaction_posted& x, event_seq seq);
  void add_asset(const asset_definition& x, event_seq seq);
  void add_account(const account_definition& x, event_seq seq);

  /// Numbers the event, whose effects are staged.
  staged accept(const event& x);
  position position_after(event_seq seq) const;

  book_id id_;
  writer_epoch epoch_;
  limits bounds_;
  std::shared_ptr<chart> chart_ = std::make_shared<chart>();
  balances balances_{*chart_};
  idempotency_keys keys_;
  fingerprinter fingerprint_;
  /// The durable ones; what binary search finds the receipt of an event in.
  std::deque<batch_info> batches_;

  /// Each is at most the one before it. Equal to the next means that there is no such batch.
  position staged_;
  position sealed_;
  position durable_;
  timestamp sealed_at_;

  /// What `staged::to_append` points to. Transactions have their own, so that it keeps its memory.
  event definition_event_;
  event transaction_event_{transaction_posted{}};
};

} // namespace daybook::ledger
