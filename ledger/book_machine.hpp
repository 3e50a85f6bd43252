#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ledger/balances.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/idempotency.hpp"
#include "ledger/lifecycles.hpp"
#include "ledger/questions.hpp"
#include "ledger/state.hpp"
#include "ledger/types.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <functional>
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
  bool joined = false; ///< the event belongs to the same unit as the one before it
  /// What to append to the batch; null for a duplicate. Valid until the next call to the machine.
  const event* to_append = nullptr;
  /// Where the batch keeps the balances for the receipt; see `receipt_of`.
  std::uint32_t first_balance = 0;
  std::uint32_t balances = 0;
};

/// The batch that was being staged, closed and on its way to the disk.
struct sealed_batch {
  event_seq first_seq;
  std::size_t events = 0;
  timestamp committed_at;
};

/// What a write would have done.
struct rehearsed {
  event_seq seq; ///< that it would have had, or of the first one when it is a duplicate
  bool deduplicated = false;
  std::vector<account_balance> balances; ///< empty for a duplicate
};

/// Receives the events of a unit as they are staged.
using event_sink = std::function<void(const event&, bool joined)>;

struct machine_options {
  limits bounds{};
  /// Keys in memory; past it the older half wants to be spilled. Zero: all stay in memory.
  std::size_t hot_keys_max = 0;
  key_secret secret{};         ///< for hashing keys; the spilled ones are found under the same
  std::uint64_t path_seed = 0; ///< for finding accounts in memory; see `chart`
};

/// The rules of one book, and nothing else: no I/O, no clock, no threads. It decides what a write
/// means, numbers it, and tells readers only what is durable. `actors::book` drives it, one thread
/// at a time, in this circle:
///
///     stage … stage → seal → (the batch is written and synced) → mark_durable
///
/// One batch may be sealed and not yet durable while the next one is staged. When a batch fails the
/// machine is thrown away [I2]; nothing of the batch has reached a reader.
///
/// A *unit* is what is staged between `open_unit` and `close_unit`, or never was after `undo_unit`.
/// Units nest; the outermost one's events are joined in the log. A batch is not sealed while a unit
/// is open.
class book_machine {
public:
  explicit book_machine(machine_options options);

  /// Whose log it is, and the epoch to write under: before the first write.
  void start(book_id id, writer_epoch epoch);

  // -- writing -----------------------------------------------------------------------------------

  /// Adds to `to` what `stage` would have to be told about `x` and is not in `known`. Usually
  /// nothing. When answers took their time, ask again with them before staging: `mark_durable` and
  /// `forget` may have raised a new question. What
  /// is in `known` is not asked.
  void ask(const command& x, questions& to, const facts& known = {}) const;

  /// The same for `stage_all`; `to` is empty. In turns: what a repeated batch did to accounts is
  /// asked when its keys are known, and what was before it after that. With `lead_to_more`, ask
  /// again however soon the answers come.
  void ask_all(std::span<const write> items, questions& to, const facts& known = {}) const;

  /// Validates against the staged state and stages. A refusal changes nothing and takes no seq.
  /// `known` answers what `ask` asked; an unanswered question trips a check.
  /// Errors: those of the rules, see `ec`; the message and fields are for the client as they are.
  result<staged> stage(const command& x, const facts& known = {});
  result<staged> stage(const write& x, const facts& known = {});

  /// Calls `stage_one` with each item of a message, to be staged by itself: a transaction may
  /// reverse one of an item before it.
  template <class Items, class StageOne>
  void each_of_message(const Items& items, StageOne stage_one) {
    expect_originals(items);
    for (auto& x : items)
      stage_one(x);
    originals_.clear();
  }

  /// Stages all items or none. Every event goes to `sink` as it is staged, also when a later item
  /// is refused: then the caller forgets them.
  ///
  /// When the keys of all transactions are known, with the same content, it is a replay: every item
  /// is a duplicate, answered as the first time, and nothing is staged. When some are known and
  /// some are not, the batch is refused as `idempotency_conflict`, with the first known `item`; a
  /// replay with a definition, closing or reopening that was not in it the first time too, with
  /// that one. Definitions that are there already are neither. No `to_append` in the answers. A
  /// transaction may reverse one of an item before it. Errors: those of `stage`, with `item`;
  /// `limit_exceeded` for too many items, unless it is a replay; `invalid_argument` for none, and
  /// for a cause that is not an item before.
  result<std::vector<staged>> stage_all(std::span<const write> items, const facts& known,
                                        const event_sink& sink);

  /// What the items would do as one message, one by one (`atomic` false) or all or nothing. Changes
  /// nothing.
  /// `sink` gets the events as with `stage_all`. One by one, an item for which `admit` has an error
  /// is refused with it.
  std::vector<result<rehearsed>> rehearse(
      std::span<const write> items, bool atomic, const facts& known,
      const event_sink& sink = [](const event&, bool) {},
      const std::function<result<void>()>& admit = [] { return result<void>{}; });

  void open_unit();
  void close_unit();
  void undo_unit();

  /// Closes the batch being staged; there must be one, none sealed, and no unit open. `now` is the
  /// wall clock; the batch is stamped with the later of it and the last commit [I4].
  sealed_batch seal(timestamp now);

  /// When a batch that is sealed at `now`, after those on their way, is committed.
  timestamp commit_time(timestamp now) const;

  /// The sealed batch is durable: its events become visible in order of acceptance.
  void mark_durable(const chain_hash& chain);

  /// The receipt of a write in the batch that was marked durable last; it is no duplicate.
  receipt receipt_of(const staged& x) const;

  // -- keys that leave memory --------------------------------------------------------------------

  /// Keys to be spilled now, or null. Ask after `mark_durable` and between replayed batches. The
  /// generation stays in memory, immutable, until `forget` is told that it is indexed, and longer
  /// when there is room for it.
  std::shared_ptr<const key_generation> keys_to_spill();
  void forget(const key_generation& indexed);

  /// `keys_to_spill` will give all keys of now that the index does not have, however few: at once
  /// if nothing is staged, or else when a batch sealed after this is durable.
  void spill_all_keys();

  /// Memory has all keys of the events after this one.
  event_seq keys_gone() const { return keys_.gone(); }

  // -- opening -----------------------------------------------------------------------------------

  /// An empty machine takes the state of a snapshot: the header, then all its accounts, some at a
  /// time. While `accounts()` is less than the header says, some are missing and the machine is of
  /// no use.
  /// Errors: `corrupt` when it contradicts itself.
  [[nodiscard]] result<void> restore(const book_state_header& x);
  [[nodiscard]] result<void> restore(std::span<const account_state> next);

  /// Keys of events up to this one are in the index: replay leaves them out of memory.
  void keys_are_indexed(event_seq up_to);

  /// Begins a durable batch of the log; nothing may be staged. A batch may be without events.
  /// Batches at or before a restored state only bring back their keys; the first batch replayed
  /// may be any of those, the later ones follow on.
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

  /// The last durable one, also if it has no events; all zero when there is none. A snapshot does
  /// not say where its batch begins: right after `restore`, `first_seq` is zero.
  const batch_info& last_batch() const;

  // -- reading: durable state --------------------------------------------------------------------

  /// Errors: `unknown_account`, `unknown_asset`.
  result<account_no> find_account(std::string_view path) const;
  result<asset_no> find_asset(std::string_view id) const;

  /// `n` is below `accounts()`.
  balance balance_of(account_no n) const;
  bool is_closed(account_no n) const { return lifecycles_.durable(n).closed; }
  lifecycle lifecycle_of(account_no n) const { return lifecycles_.durable(n); }
  account_state state_of(account_no n) const;

  std::size_t accounts() const; ///< durable ones: numbers 0 … n−1
  std::size_t assets() const;
  std::vector<trial_balance_row> trial_balance() const;

  /// The durable state but for the accounts. Nothing in production asks for it: snapshots are
  /// written from the log (`state_delta`), and this is the oracle that tests hold them against.
  book_state_header state() const;

  /// When a key in memory was first used, in a durable event; null when memory does not know it.
  const first_use* find_key(const hash128& key) const;
  hash128 hash_of_key(std::string_view key) const;
  std::size_t hot_keys() const; ///< in memory, of events that are not durable yet, too

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

  /// What is said of a command, beside the command.
  struct circumstances {
    std::string_view correlation_id;
    std::string_view causation_id;
    std::span<const condition> conditions;
  };

  /// The staged state that `undo_unit` goes back to.
  struct unit {
    position staged;
    balances::mark balances_mark;
    std::size_t lifecycles_mark = 0;
    std::size_t keys = 0; ///< of `unit_keys_`
  };

  /// The first item of an atomic batch whose key is known.
  struct known_item {
    std::size_t item = 0;
    std::string_view key;
    event_seq seq;
  };

  /// What a snapshot has said so far.
  struct restoring {
    std::uint64_t accounts_missing = 0;
    std::uint64_t accounts_reserved = 0;
    std::vector<turnover> balances; ///< per asset, summed over the accounts
  };

  // staging.cpp
  result<staged> decide(const command& x, const circumstances& said, const facts& known);
  result<staged> decide(const asset_definition& x, const circumstances& said, const facts&);
  result<staged> decide(const account_definition& x, const circumstances& said, const facts&);
  result<staged> decide(const account_closing& x, const circumstances& said, const facts&);
  result<staged> decide(const account_reopening& x, const circumstances& said, const facts&);
  result<event_links> check(const circumstances& said) const;
  result<account_no> find_staged(std::string_view path) const;
  void add_asset(const asset_definition& x, event_seq seq);
  void add_account(const account_definition& x, event_seq seq);
  bool add_if_new(const account_definition& x, asset_no asset, event_seq seq);
  void stage_lifecycle(account_no n, bool closed);
  staged accept(const event& x);
  position position_after(event_seq seq) const;

  // transactions.cpp
  result<staged> decide(const transaction& x, const circumstances& said, const facts& known);
  result<staged> decide(const reversal& x, const circumstances& said, const facts& known);
  static result<void> join_links(const circumstances& said, transaction_content& x);
  template <class Resolve>
  result<staged> post(transaction_content& x, std::size_t postings, const Resolve& resolve,
                      std::span<const condition> conditions, const facts& known);
  template <class Resolve>
  result<staged> answer_known_key(transaction_content& x, const first_use& first,
                                  const Resolve& resolve);
  result<void> check_reversal(const transaction_content& x, const facts& known) const;
  const std::vector<posted_entry>* find_original(event_seq seq, const facts& known) const;
  void add_keys(const hash128& key, const first_use& use, event_seq reverses);
  void ask(std::string_view key, event_seq reverses, questions& to, const facts& known) const;
  const first_use* find_use(const hash128& key, const facts& known) const;
  const transaction_posted* find_posted(event_seq seq, const facts& known) const;
  error explain_with_seq(const objection& x) const;

  // conditions.cpp
  result<void> check(std::span<const condition> conditions) const;
  result<void> check(const account_version& x) const;
  result<void> check(const book_version& x) const;
  result<void> check(const balance_at_least& x) const;
  result<void> check(const balance_at_most& x) const;
  template <class Holds>
  result<void> check_balance(std::string_view condition, std::string_view account, amount bound,
                             Holds holds) const;

  // units.cpp
  result<std::optional<known_item>> find_known(std::span<const write> items,
                                               const facts& known) const;
  result<std::vector<staged>> stage_items(std::span<const write> items,
                                          const std::optional<known_item>& first_known,
                                          const facts& known, const event_sink& sink);
  result<staged> stage_item(std::span<const write> items, std::span<const staged> before,
                            std::span<const event_seq> first, const facts& known);
  void expect_originals(std::span<const write> items);
  void expect_originals(std::span<const command> items);
  void expect_original_of(const command& x);
  rehearsed rehearsal_of(const staged& x) const;

  // repeats.cpp
  std::vector<event_seq> retrace(std::span<const write> items, const facts& known,
                                 questions& missing) const;
  std::vector<event_seq> first_events(std::span<const write> items, const facts& known) const;
  result<staged> repeat(const command& x, event_seq first, const circumstances& said,
                        const facts& known);

  // replay.cpp
  result<void> check_precedes(const batch_info& batch) const;
  result<void> recall(const event& x, event_seq seq);
  result<void> recall_keys(const transaction_posted& x, event_seq seq);
  result<void> apply(const event& x, event_seq seq);
  result<void> apply(const asset_registered& x, event_seq seq);
  result<void> apply(const account_opened& x, event_seq seq);
  result<void> apply(const transaction_posted& x, event_seq seq);
  result<void> apply(const account_closed& x, event_seq seq);
  result<void> apply(const account_reopened& x, event_seq seq);
  void settle_lifecycle(account_no n, bool closed, event_seq seq);

  // restore.cpp
  result<void> restore_next(const account_state& next);
  std::optional<asset_no> find_restored_asset(std::string_view id) const;
  tl::unexpected<error> wrong_account(const account_state& x, std::string_view why) const;
  result<void> check(const asset_state& x, const book_state_header& header) const;
  result<void> check(const account_state& x) const;
  result<void> add_to_sums(const account_state& x, asset_no asset);
  result<void> check_sums() const;

  /// Whether nothing is staged or on its way to the disk.
  bool is_idle() const;

  /// Whether every key of the log is in memory or in the index.
  bool has_all_keys() const;
  void end_hurried_generation();
  void end_key_generation();

  book_id id_;
  writer_epoch epoch_;
  limits bounds_;
  std::size_t hot_keys_max_;
  std::shared_ptr<chart> chart_;
  balances balances_{*chart_};
  lifecycles lifecycles_;
  idempotency_keys keys_;
  fingerprinter fingerprint_;

  /// Each is at most the one before it. Equal to the next means that there is no such batch.
  position staged_;
  position sealed_;
  position durable_;
  timestamp sealed_at_;
  batch_info last_batch_;    ///< the last durable one
  batch_info last_of_state_; ///< the last durable one with events

  /// The units that are open, the outermost first, and the keys that were added in them.
  std::vector<unit> units_;
  std::vector<hash128> unit_keys_;

  /// While items are staged together: what later ones may take back of those before them.
  absl::flat_hash_map<event_seq, std::optional<std::vector<posted_entry>>> originals_;

  /// The replayed batch, and the last event replayed, which after a restore may be before the
  /// durable ones.
  batch_info replaying_;
  event_seq replayed_;
  batch_info last_replayed_; ///< the batch of the last event replayed

  restoring restoring_;
  event_seq restored_;            ///< last event of the snapshot; zero if there was none
  bool may_start_before_ = false; ///< a snapshot was restored, and nothing is replayed yet
  event_seq keys_from_{1};        ///< replay and staging brought all keys from this event on

  /// What `staged::to_append` points to. Transactions have their own, so that it keeps its memory.
  event definition_event_;
  event transaction_event_{transaction_posted{}};
};

} // namespace daybook::ledger
