#pragma once

#include "actors/interfaces.hpp"
#include "actors/node_metrics.hpp"
#include "base/result.hpp"
#include "ledger/book_machine.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <memory>
#include <variant>
#include <vector>

namespace daybook::actors {

/// What a book has decided about one write and may say once it is durable: the event, or an outcome
/// that is complete already. A refusal waits as well, for it may rest on staged writes [I7].
class verdict {
public:
  explicit verdict(result<ledger::staged> x);
  explicit verdict(outcome x) : ready_(std::make_unique<outcome>(std::move(x))) {}

  /// The event was there before: its first receipt is in the log, and has to be fetched.
  bool is_repeat() const { return !ready_ && staged_.deduplicated; }
  event_seq seq() const { return staged_.seq; }
  commit_outcome outcome_class() const;

  /// Call once the batch that the write was staged in is the last durable one. Not for a repeat.
  outcome resolve(const ledger::book_machine& machine) &&;

private:
  ledger::staged staged_;
  std::unique_ptr<outcome> ready_;
};

using single_promise = caf::typed_response_promise<ledger::receipt>;
using many_promise = caf::typed_response_promise<std::vector<outcome>>;
/// For what was accepted before, all of it: refusals have been told.
using receipts_promise = caf::typed_response_promise<std::vector<ledger::receipt>>;
using reply_promise = std::variant<single_promise, many_promise, receipts_promise>;

/// Answers one request: with as many outcomes as it had writes.
void deliver(reply_promise& promise, std::vector<outcome> outcomes);
void refuse(reply_promise& promise, const error& reason);

/// An answer that lacks nothing but the first receipts of the writes that were there before.
struct incomplete_reply {
  reply_promise promise;
  std::vector<outcome> outcomes;
  std::vector<std::size_t> missing; ///< places in `outcomes`
  std::vector<event_seq> events;    ///< whose receipts belong there
};

/// Whether an answer is of writes, or of what they would do.
enum class counted : std::uint8_t { no, yes };

/// The answers that wait for one batch. The book's own; not thread-safe.
class pending_replies {
public:
  /// Writes that wait, those that were refused included.
  std::size_t items() const { return items_; }

  void add(single_promise promise, verdict x);
  void add(reply_promise promise, std::vector<verdict> xs, counted how = counted::yes);
  /// The request was refused as a whole.
  void add(reply_promise promise, error refused, counted how = counted::yes);

  /// Of the writes that wait, by outcome.
  const outcome_counts& outcomes() const { return outcomes_; }
  /// Of those, all.
  std::size_t writes() const;

  /// Answers all that are complete, in order of acceptance, gives back the others, and forgets
  /// them.
  std::vector<incomplete_reply> release(const ledger::book_machine& machine);

  /// Answers all with an error, those that repeat an older write with another one, and forgets
  /// them [I2].
  void fail(const error& reason, const error& of_repeats);

private:
  struct single {
    single_promise promise;
    verdict decided;
  };
  struct many {
    reply_promise promise;
    std::vector<verdict> decided;
  };

  struct refusal {
    reply_promise promise;
    error reason;
  };

  std::vector<std::variant<single, many, refusal>> waiting_;
  std::size_t items_ = 0;
  outcome_counts outcomes_{};

  void count(commit_outcome x) { ++outcomes_[static_cast<std::size_t>(x)]; }
  void clear();
};

} // namespace daybook::actors
