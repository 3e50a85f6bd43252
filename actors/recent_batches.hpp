#pragma once

#include "actors/feed.hpp"

#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace daybook::actors {

/// The last durable batches of a book, for those who follow it, and who waits for the next. The
/// book's own; not thread-safe.
class recent_batches {
public:
  using promise = caf::typed_response_promise<tail_answer>;

  /// `end` is the last durable event so far. Keeps batches up to `bytes_max` together, and always
  /// the last one.
  recent_batches(event_seq end, std::size_t bytes_max) : end_(end), bytes_max_(bytes_max) {}

  /// The batch is durable: followers who wait for it are answered. Returns a batch that left memory
  /// and that nobody else holds, to be used again, or null.
  std::shared_ptr<batch_buffer> publish(std::shared_ptr<batch_buffer> x);

  /// Events are durable that are not here. Who waits for them is answered without batches.
  void skip_to(event_seq end);

  /// Answers at once, or when the event is durable.
  void ask(promise answer, const caf::actor_addr& asker, event_seq from);

  /// An actor has ended: it waits for nothing any more.
  void forget(const caf::actor_addr& asker);

  /// Nobody will wait any more.
  void end(const caf::error& reason);

private:
  struct waiter {
    event_seq from;
    caf::actor_addr asker;
    promise answer;
  };

  void answer_ready();
  tail_answer tail(event_seq from) const;

  event_seq end_;
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<std::shared_ptr<batch_buffer>> batches_;
  std::vector<waiter> waiting_;
};

} // namespace daybook::actors
