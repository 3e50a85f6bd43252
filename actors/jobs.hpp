#pragma once

#include "actors/book_gauges.hpp"
#include "actors/feed.hpp"
#include "actors/follow_messages.hpp"
#include "actors/messages.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/chart.hpp"
#include "log/sparse_index.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What a book has others do, off its own thread. Jobs carry pointers and stay in the process.

namespace daybook::actors {

/// What it takes to read a book's log and index beside its writer: where it is, how far it is
/// durable, and the names behind the numbers.
struct log_scan {
  std::string directory;
  std::string name;
  std::shared_ptr<const ledger::chart> chart;
  book_id id;
  event_seq last; ///< nothing after it is read [I7]
  /// The history index holds every event up to here; what is after it has to be read from the log.
  /// Zero without an index. May be past `last`.
  event_seq indexed;
  /// Where records lie in the segment that is being written, so that a reader need not look for
  /// them. Null: not known.
  std::shared_ptr<const log::live_index> live;
};

/// What somebody who follows a book needs of an incarnation that it did not know.
struct attachment {
  log_scan scan;
  writer_epoch epoch;
  std::shared_ptr<const error> refusal; ///< why it takes no writes; null when it does
  std::shared_ptr<book_gauges> gauges{};
};

/// THE SOURCE: the side of a book that its subscriptions talk to.
using source_actor = feed_actor::extend<
    // The sender follows from now on. Errors: overloaded.
    auto(atom::attach)->caf::result<attachment>>;

// -- for a reader -------------------------------------------------------------------------------

struct events_job {
  log_scan scan;
  event_seq from;
  std::uint32_t limit = 0;
  /// Just the event `from`, whatever unit it is of. Else one within a unit is refused.
  bool alone = false;
};

struct history_job {
  log_scan scan;
  account_no account;
  event_seq after;
  std::uint32_t limit = 0; ///< transactions
};

/// Asks the index for keys, and the log for what was posted, closed and reopened.
struct facts_job {
  log_scan scan;
  std::shared_ptr<const ledger::questions> asked;
  event_seq keys_gone; ///< memory has the keys of all events after it, and did not know these
};

/// Whoever asked takes them.
struct facts_answer {
  std::shared_ptr<ledger::facts> known;
};

/// The first receipts of durable events, in the order asked for.
struct receipts_job {
  log_scan scan;
  std::vector<event_seq> events;
};

struct balance_job {
  log_scan scan;
  account_no account;
  moment at;
};

/// Accounts as they are, to be taken back to a moment.
struct accounts_job {
  /// An account, and the last event that changed it.
  struct row {
    account_view now;
    event_seq changed_at;
  };

  log_scan scan;
  std::vector<row> rows;
  std::optional<account_no> next; ///< of the page
  moment at;
};

struct trial_balance_job {
  log_scan scan;
  std::uint32_t assets = 0; ///< durable ones
  moment at;
};

struct ancestors_job {
  log_scan scan;
  event_seq of;
  std::uint32_t limit = 0;
};

// -- for an indexer -----------------------------------------------------------------------------

struct follow_job {
  feed_actor book;
  log_scan scan; ///< `last` is the durable end when the job was made
};

struct spill_job {
  book_id book;
  std::shared_ptr<const ledger::key_generation> keys;
};

struct checkpoint_job {
  log_scan scan;
  checkpoint what; ///< to be stored; to be loaded, the name is enough
};

// -- for a keeper -------------------------------------------------------------------------------

struct snapshot_job {
  log_scan scan; ///< the snapshot is of `last`, which ends a batch
};

struct cursor_job {
  log_scan scan; ///< whose cursor it is
  cursor_request asked;
  event_seq position;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::attachment)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::events_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::history_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::facts_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::facts_answer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::receipts_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::balance_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::accounts_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::trial_balance_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::ancestors_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::follow_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::spill_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::checkpoint_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::snapshot_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::cursor_job)
