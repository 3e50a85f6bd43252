#pragma once

#include "actors/client_follow.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace daybook {

struct cursor_options {
  /// Events that are on their way at a time, and so at most in one delivery but for the rest of a
  /// unit.
  std::uint32_t batch = 1'000;
  /// The position is stored when this many events have been dealt with since the last time, or this
  /// much time has passed, and at the end. What was dealt with after that is delivered again after
  /// a crash: at least once. A position that a disk does not take is stored later (`retries`), but
  /// for the last one, whose error is the worker's.
  std::uint64_t store_every_events = 10'000;
  std::chrono::milliseconds store_every = std::chrono::seconds{1};
  backoff retries{};
};

/// Deals with a delivery, which has events. It may block. What it throws ends the worker.
using cursor_handler = std::function<next_step(const actors::delivery&)>;

/// A worker that remembers, in the book, how far it has come: the next one of the same name goes on
/// from there. One at a time. It works until the handle goes, its handler stops, or it fails.
class cursor_worker {
public:
  explicit cursor_worker(follower x) : follower_(std::move(x)) {}

  /// Stores the position and lets go of the cursor.
  void stop() { follower_.stop(); }

  /// Waits for its end: without an error the handler or somebody stopped it.
  result<void> wait() const { return follower_.wait(); }
  std::optional<result<void>> wait_for(std::chrono::milliseconds timeout) const {
    return follower_.wait_for(timeout);
  }

  /// Everything up to this event has been dealt with; it may not have been stored yet.
  event_seq position() const { return follower_.position(); }
  /// Durable events that have not, as far as is known here.
  std::uint64_t lag() const { return follower_.lag(); }

private:
  follower follower_;
};

namespace actors {

/// What a follower does for a cursor worker.
std::unique_ptr<follower_work> make_cursor_work(cursor_request cursor, cursor_options options,
                                                cursor_handler handler);

} // namespace actors

} // namespace daybook
