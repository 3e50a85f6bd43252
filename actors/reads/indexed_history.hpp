#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "actors/reads/running_balances.hpp"
#include "base/bytes.hpp"
#include "index/side_index.hpp"
#include "ledger/events.hpp"
#include "ledger/lifecycles.hpp"
#include "protocol/history_codec.hpp"

#include <functional>
#include <memory>
#include <optional>

// What the history index says of a book, in the ledger's words. The entries of an account are its
// transactions (protocol/history_codec.hpp), and its closings and reopenings, which are one byte: a
// closed account has no postings, so the last entry tells whether it is open.
//
// Everything here reads the disk. Errors: `corrupt`, `io`.

namespace daybook::actors {

enum class lifecycle_mark : std::uint8_t { closed = 1, reopened = 2 };

/// The bytes of an entry that is no transaction.
byte_buffer encode(lifecycle_mark x);

/// Up to which event, and no further than `at`, the index answers for the log. Zero without one.
event_seq indexed_up_to(const environment& env, const log_scan& scan, event_seq at);

/// An account after some event.
struct account_at {
  ledger::amount balance; ///< on the normal side
  event_seq updated_seq;  ///< of the last transaction that touched it; zero if none did
  bool closed = false;

  friend bool operator==(const account_at&, const account_at&) = default;
};

/// One book's history in the index, which must outlive it.
class indexed_history {
public:
  indexed_history(const index::side_index& index, book_id book) : index_(&index), book_(book) {}

  /// An account right after `at`, an event that is indexed.
  result<account_at> account(account_no n, event_seq at) const;

  /// Whether an account was closed right after `at`, an event that is indexed, and since when.
  /// It was opened by event `opened_at`, before which there is nothing to look for.
  result<ledger::lifecycle> lifecycle(account_no n, event_seq at, event_seq opened_at) const;

  /// An asset's sums right after `boundary`, where an update of the index ended.
  result<asset_sums> sums(asset_no n, event_seq boundary) const;

  /// Is given a transaction's part in an account and says whether to go on.
  using entry_visitor = std::function<bool(event_seq, const protocol::history_entry&)>;

  /// The transactions of an account with `after` < seq <= `last`, in order.
  result<void> each_entry(account_no n, event_seq after, event_seq last,
                          const entry_visitor& visit) const;

  /// Balances right after `at`, an event that is indexed, to be moved on by the log.
  running_balances::start balances_at(event_seq at) const;

  /// The same with the assets' sums; `boundary` is where an update of the index ended.
  running_balances::start sums_at(event_seq boundary) const;

private:
  const index::side_index* index_;
  book_id book_;
};

} // namespace daybook::actors
