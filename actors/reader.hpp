#pragma once

#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"

#include <memory>
#include <vector>

namespace daybook::actors {

/// A reader (interfaces.hpp). Spawned detached, for every job blocks.
class reader_state {
public:
  static inline const char* name = "daybook.reader";

  reader_state(reader_actor::pointer self, std::shared_ptr<const environment> env);

  reader_actor::behavior_type make_behavior();

private:
  std::shared_ptr<const environment> env_;
};

// What a reader does, without the actor. Any thread; everything blocks on the disk. Each looks at
// nothing after `scan.last` [I7]. What the history index holds is not read from the log, but the
// answer is the same without it. Errors of all: `corrupt`, `io`.

/// A page of a book's events. A unit is not split: a page ends before it, or holds it whole even if
/// it is more than was asked for. Errors: `invalid_argument`, see `events_query`.
result<events_page> read_events(const environment& env, const events_job& job);

/// A page of an account's postings. A transaction is not split.
result<history_page> read_history(const environment& env, const history_job& job);

/// Keys from the index, transactions from the log, closings and reopenings of accounts from either;
/// a value is missing when there is none. Every question has an answer.
result<facts_answer> read_facts(const environment& env, const facts_job& job);

/// First receipts, marked as those of repeats.
result<std::vector<ledger::receipt>> read_receipts(const environment& env, const receipts_job& job);

/// An account at a moment. Errors: `unknown_account` (fields `account`, `opened_at`, `seq`) when it
/// was not open yet; `invalid_argument` (field `seq`, or `moment` when it says both).
result<account_view> read_balance(const environment& env, const balance_job& job);

/// A page of accounts as they were at a moment; those opened later are left out.
/// Errors: `invalid_argument`, as above.
result<accounts_page> read_accounts(const environment& env, const accounts_job& job);

/// Sums of the assets that were registered at a moment. Errors: `invalid_argument`, as above.
result<std::vector<trial_balance_view>> read_trial_balance(const environment& env,
                                                           const trial_balance_job& job);

/// Follows causation ids from an event on, as long as they are events of this book; the nearest
/// cause first. The event itself is not in it. Errors: `not_found` (`what`) without such an event.
result<std::vector<recorded_event>> read_ancestors(const environment& env,
                                                   const ancestors_job& job);

/// The event that a moment is after. Errors: `invalid_argument`, see `moment`.
result<event_seq> seq_at(const environment& env, const log_scan& scan, const moment& at);

} // namespace daybook::actors
