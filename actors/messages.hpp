#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"
#include "ledger/types.hpp"

#include <caf/timespan.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What actors say to each other, beside the ledger's own words. All of it crosses the network.

namespace daybook::actors {

/// The answer to one write of a message that carries several.
using outcome = std::variant<ledger::receipt, error>;

/// Several writes of one message.
struct write_batch {
  std::vector<ledger::write> items;
  bool atomic = false; ///< all or nothing; else each by itself
};

/// A fence that is active. Only the actor that began it may use it.
struct fence_id {
  std::uint64_t token = 0;

  friend bool operator==(const fence_id&, const fence_id&) = default;
};

struct fence_options {
  /// The book cancels the fence when this has passed since it began. At most an hour.
  caf::timespan timeout = std::chrono::seconds{30};
};

/// How full a book's queue is: of the bounds that it has, the one that is nearest. When `queued`
/// has come to `capacity` the next write is `overloaded`.
struct book_pressure {
  /// `events` that are staged, their `bytes`, or `answers` that wait for the disk.
  std::string what;
  std::uint64_t queued = 0; ///< the last write that fits may pass the capacity for bytes
  std::uint64_t capacity = 0;
  double share = 0; ///< queued of capacity
};

/// A moment in a book's life: after an event, or after the last one committed at or before a time.
/// Neither: now. Both are `invalid_argument` (`field` is `moment`), and so are (`field` is `seq`)
/// an event that is yet to come, with `durable`, and one in the middle of a unit, for no reader
/// ever sees a part of an atomic batch or of a fence: the fields `before` and `after` are the last
/// events before the unit and of it, which may be asked for.
struct moment {
  std::optional<event_seq> seq;
  std::optional<timestamp> time;

  bool is_now() const { return !seq && !time; }
};

/// Whether asking for a book may create it. Reading never does.
enum class open_mode : std::uint8_t { existing = 1, create = 2 };

/// An account with its durable balance [I7].
struct account_view {
  ledger::account_definition definition; ///< `normal_side` is set
  std::uint8_t precision = 0;            ///< of its asset
  ledger::amount balance;                ///< on the normal side, minor units
  event_seq updated_seq;                 ///< of the last transaction that touched it, or zero
  account_no number;
  bool closed = false;
};

/// Asks for accounts in order of opening, a page at a time. To see them all as they were at one
/// moment, ask for the pages after the first at that one's `at`.
struct accounts_query {
  std::string prefix; ///< whole parts of a path: `assets` finds `assets:cash`, not `assets2`
  account_no from;    ///< the first number to look at
  std::uint32_t limit = 1'000; ///< how many numbers to look at; at most `page_items_max`
  moment at{};                 ///< accounts that were opened later are left out
};

struct accounts_page {
  std::vector<account_view> items;
  std::optional<account_no> next; ///< where the next page begins; empty after the last
  event_seq at;                   ///< the balances are those after this event
};

/// Debits and credits of one asset over the whole book [I6].
struct trial_balance_view {
  std::string asset;
  std::uint8_t precision = 0;
  ledger::amount debit_turnover;
  ledger::amount credit_turnover;
  ledger::amount debit_balances;
  ledger::amount credit_balances;
};

/// A durable event as a reader sees it: what was written and its receipt.
struct recorded_event {
  ledger::receipt receipt;
  ledger::command content; ///< postings name their asset, accounts their normal side
  std::string correlation_id;
  std::string causation_id;
  bool joined = false; ///< belongs to the same unit, an atomic batch or a fence, as the one before
};

struct events_query {
  /// The first seq wanted; zero means one. At most one after the last durable event, and not within
  /// a unit: `invalid_argument` (`field` is `from`), with `durable`, or with the nearest seqs that
  /// may be asked for as `before` and `after`.
  event_seq from;
  std::uint32_t limit = 100; ///< events; at most `page_items_max`
};

struct events_page {
  std::vector<recorded_event> items;
  std::optional<event_seq> next; ///< where the next page begins; empty at the durable end
};

struct history_query {
  std::string account;
  /// Exclusive. Beyond the last durable event: `invalid_argument` (`field` is `after`), with
  /// `durable`.
  event_seq after;
  std::uint32_t limit = 100; ///< transactions, so that none is split; at most `page_items_max`
};

/// One posting of an account, with the balance it left.
struct history_entry {
  transaction_id id;
  timestamp committed_at;
  std::optional<timestamp> occurred_at;
  std::string key;
  ledger::side direction = ledger::side::debit;
  ledger::amount value;
  ledger::amount balance_after; ///< on the normal side
};

struct history_page {
  std::string asset;
  std::uint8_t precision = 0;
  std::vector<history_entry> entries;
  std::optional<event_seq> next; ///< `after` of the next page; empty at the durable end
};

/// Where a book stands and what it has done since it was opened.
struct book_status {
  std::string name;
  book_id id;
  writer_epoch epoch;
  event_seq accepted;
  event_seq durable;
  std::uint64_t accounts = 0;
  std::uint64_t assets = 0;
  std::uint64_t batches = 0; ///< made durable by this incarnation
  std::uint64_t events = 0;  ///< in those batches
  std::uint64_t bytes = 0;   ///< written to disk for them
  std::uint64_t syncs = 0;
  std::uint64_t overloaded = 0; ///< writes turned away
  event_seq indexed;            ///< history is indexed to here; zero without an index
  event_seq snapshot;           ///< of the last one that was loaded or written; zero without one
  std::uint64_t hot_keys = 0;   ///< idempotency keys in memory
  std::uint64_t subscriptions = 0;
  std::uint64_t subscription_lag = 0; ///< events not told yet to the one furthest behind
  std::uint64_t applied_lag = 0;      ///< events not applied yet by who is furthest behind
  bool read_only = false;
  /// While a fence is active: when the book will cancel it.
  std::optional<timestamp> fence_until{};
};

struct snapshot_info {
  event_seq seq;           ///< the state after this event
  std::uint64_t bytes = 0; ///< of the file
  bool written = false;    ///< false when there was one of this seq already
};

/// What the supervisor knows of a book.
enum class book_phase : std::uint8_t {
  closed = 1, ///< opened when it is asked for
  opening,
  running,
  restarting, ///< it failed, and is opened again at once or a little later
  no_space,   ///< the disk is full: read, and not written until there is space
  failed      ///< it has no restarts left: read where possible, and not written until `restart`
};

struct book_info {
  std::string name;
  bool open = false; ///< has a running actor
  book_phase phase = book_phase::closed;
  std::uint64_t restarts = 0; ///< since the node was started
  std::string last_failure;   ///< why it ended last; empty: it never did
  timestamp failed_at;        ///< when that was
  std::string node{};         ///< that has it, when a directory says so
};

enum class supervision : std::uint8_t {
  started = 1, ///< a book was opened
  failed,      ///< it ended, or could not be opened again: `reason`
  restarting,  ///< it will be tried again after `delay`
  restarted,   ///< it is there again
  gave_up,     ///< it has no restarts left: it is only read
  no_space,    ///< the disk is full: it is only read
  resumed,     ///< there is space again: it is written
  stopped      ///< in good order
};

/// What happened to a book.
struct supervision_event {
  std::string book;
  supervision what = supervision::started;
  writer_epoch epoch;         ///< of the incarnation; zero when there is none
  std::uint64_t restarts = 0; ///< since the node was started
  std::string reason;
  caf::timespan delay{0};
  timestamp at;
  std::uint64_t missed = 0; ///< events that were not told to this listener, all together
};

/// Items in one page of any answer, so that an answer has a bounded size.
inline constexpr std::uint32_t page_items_max = 10'000;

/// Events that one question about ancestors may ask for.
inline constexpr std::uint32_t ancestors_max = 1'000;

/// Once a page of events holds this many bytes, as counted in the log, it ends.
inline constexpr std::size_t page_bytes_max = 8 * 1024 * 1024;

} // namespace daybook::actors
