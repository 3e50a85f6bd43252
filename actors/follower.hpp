#pragma once

#include "actors/follow_messages.hpp"
#include "actors/interfaces.hpp"
#include "base/result.hpp"

#include <caf/response_handle.hpp>
#include <caf/timespan.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

// Following a book for a program that is no actor: the actor that does it, on a thread of its own.

namespace daybook {

/// What to do after a delivery.
enum class next_step : std::uint8_t {
  go_on, ///< it has been dealt with
  retry, ///< give it to me again, later
  stop   ///< it has been dealt with, and it was the last one
};

/// How long to wait before a delivery is given again: `first`, then twice as long each time, at
/// most `longest`. A delivery that is dealt with begins anew.
struct backoff {
  std::chrono::milliseconds first = std::chrono::milliseconds{100};
  std::chrono::milliseconds longest = std::chrono::seconds{30};
};

} // namespace daybook

namespace daybook::actors {

/// THE FOLLOWER: subscribes to a book and does a program's work with what is delivered.
using follower_actor = subscriber_actor::extend<
    // Finishes what it is at, and ends.
    auto(atom::stop)->caf::result<void>>;

/// How long the book has, at the end, to store how far a follower has come.
inline constexpr caf::timespan finish_timeout = std::chrono::seconds{10};

/// What a follower and the holder of its handle share.
struct follower_link {
  std::promise<result<void>> started;     ///< the book has taken the subscription, or why not
  std::promise<result<void>> ended;       ///< nothing of the program's is called after it
  std::atomic<std::uint64_t> position{0}; ///< everything up to this event has been dealt with
  std::atomic<std::uint64_t> durable{0};  ///< of the book, as far as is known
  std::atomic<std::thread::id> thread{};  ///< that calls the program
};

class follower_state;

/// What a follower does: one kind for callbacks, cursors and projections each. Called on the
/// follower's thread. What the program's part throws ends the follower.
class follower_work {
public:
  virtual ~follower_work() = default;

  /// Finds out where to begin, and calls `follow`.
  virtual void begin(follower_state& me) = 0;

  /// Has the program deal with it. It may be without events, when the filter let nothing through.
  virtual next_step on_delivery(const delivery& x) = 0;

  /// It has been dealt with, and everybody who looks can see that.
  virtual void on_done(follower_state&, const delivery&) {}

  /// The last thing it does, unless the book is gone: calls `end`. `failed` when it comes after an
  /// error of the program's part.
  virtual void finish(follower_state& me, bool failed) = 0;

  /// The follower has ended; nothing can be asked any more.
  virtual void on_end(const result<void>&) {}
};

/// A follower (interfaces.hpp has what it follows). Spawned detached, for the work may block.
class follower_state {
public:
  static inline const char* name = "daybook.follower";

  follower_state(follower_actor::pointer self, book_actor book, std::unique_ptr<follower_work> work,
                 std::shared_ptr<follower_link> link, backoff retries);
  ~follower_state();

  follower_state(const follower_state&) = delete;
  follower_state& operator=(const follower_state&) = delete;

  follower_actor::behavior_type make_behavior();

  // -- for the work
  // --------------------------------------------------------------------------------

  /// Subscribes. Once.
  void follow(subscription wanted);

  /// Ends with `outcome`, unless it is good and there was an error before.
  void end(result<void> outcome);

  /// Asks the book. A refusal, and no answer within `timeout`, end the follower.
  template <class OnAnswer, class... Words>
  void ask(caf::timespan timeout, OnAnswer on_answer, Words... words) {
    ask_or(
        timeout, std::move(on_answer), [this](error x) { end(fail(std::move(x))); },
        std::move(words)...);
  }

  /// The same, with something else to do then.
  template <class OnAnswer, class OnRefusal, class... Words>
  void ask_or(caf::timespan timeout, OnAnswer on_answer, OnRefusal on_refusal, Words... words);

  /// How far the book is, as `lag` counts it.
  void note_durable(event_seq seq) {
    link_->durable = std::max(link_->durable.load(), seq.value());
  }

  /// Tells the book how far a cursor or projection is.
  void report_applied(const std::string& who, event_seq seq);

  follower_actor::pointer self() const { return self_; }

private:
  void on_subscribed(subscription_actor x);
  void on_delivery(delivery& x);
  void on_down(const caf::down_msg& down);
  void work_off();
  next_step run(const delivery& x);
  void done_with(const delivery& x);
  void retry_later();
  void finish(result<void> outcome, bool failed);

  follower_actor::pointer self_;
  book_actor book_;
  subscription_actor subscription_;
  std::unique_ptr<follower_work> work_;
  std::shared_ptr<follower_link> link_;
  backoff retries_;
  std::chrono::milliseconds delay_;

  std::deque<delivery> waiting_; ///< bounded by the credit
  bool retries_later_ = false;
  bool finishing_ = false;
  bool started_ = false;
  result<void> outcome_ = fail(ec::io, "the client was closed");
};

/// Follows with a function that is called for each delivery.
std::unique_ptr<follower_work> make_callback_work(subscription wanted,
                                                  std::function<void(const delivery&)> callback);

} // namespace daybook::actors

#include "actors/errors.hpp"

namespace daybook::actors {

template <class OnAnswer, class OnRefusal, class... Words>
void follower_state::ask_or(caf::timespan timeout, OnAnswer on_answer, OnRefusal on_refusal,
                            Words... words) {
  self_->request(book_, timeout, std::move(words)...)
      .then(std::move(on_answer), [refuse = std::move(on_refusal)](const caf::error& reason) {
        refuse(from_caf(reason, ec::io));
      });
}

} // namespace daybook::actors
