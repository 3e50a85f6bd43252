#pragma once

#include "actors/book_link.hpp"
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
    auto(atom::stop)->caf::result<void>,
    // To itself: this one has ended, and all its answers have come.
    auto(atom::flush, caf::actor_addr)->caf::result<void>>;

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

  /// The book has ended; what it knew of this follower is gone. Nothing is asked until the next
  /// one.
  virtual void on_lost() {}
  /// There is the next incarnation.
  virtual void on_restart(follower_state&) {}

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

  follower_state(follower_actor::pointer self, std::shared_ptr<book_link> book,
                 std::unique_ptr<follower_work> work, std::shared_ptr<follower_link> link,
                 backoff retries);
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

  /// Asks the book, and the next one if it fails meanwhile. A refusal ends the follower.
  template <class Answer, class OnAnswer, class... Words>
  void ask(OnAnswer on_answer, Words... words) {
    ask_or<Answer>(
        std::move(on_answer), [this](error x) { end(fail(std::move(x))); }, std::move(words)...);
  }

  /// The same, with something else to do then.
  template <class Answer, class OnAnswer, class OnRefusal, class... Words>
  void ask_or(OnAnswer on_answer, OnRefusal on_refusal, Words... words) {
    send<Answer>({.timeout = caf::infinite, .retry_budget = patience, .outlasts_nodes = true},
                 std::move(on_answer), std::move(on_refusal), std::move(words)...);
  }

  /// The same with this incarnation alone: when it ends over it the refusal is `restarting` or
  /// `outcome_unknown`.
  template <class Answer, class OnAnswer, class OnRefusal, class... Words>
  void ask_once(OnAnswer on_answer, OnRefusal on_refusal, Words... words) {
    send<Answer>({.fallback = ec::outcome_unknown, .timeout = caf::infinite, .is_bound = true},
                 std::move(on_answer), std::move(on_refusal), std::move(words)...);
  }

  /// How far the book is, as `lag` counts it.
  void note_durable(event_seq seq) {
    link_->durable = std::max(link_->durable.load(), seq.value());
  }

  /// Tells the book how far a cursor or projection is.
  void report_applied(const std::string& who, event_seq seq);

  follower_actor::pointer self() const { return self_; }
  watched_calls& calls() { return calls_; }

private:
  /// A follower has all the time in the world: the supervisor says when a book will not be back.
  static constexpr caf::timespan patience = std::chrono::hours{24 * 365};

  template <class Answer, class OnAnswer, class OnRefusal, class... Words>
  void send(call_terms terms, OnAnswer on_answer, OnRefusal on_refusal, Words... words) {
    auto call = std::make_shared<book_call<follower_state, Answer, Words...>>(book_, terms,
                                                                              std::move(words)...);
    call->start(
        *this,
        [this, on_answer = std::move(on_answer)](auto&... answer) {
          protect([&] { on_answer(answer...); });
        },
        [this, on_refusal = std::move(on_refusal)](error x) {
          protect([&] { on_refusal(std::move(x)); });
        });
  }

  /// Runs what may come to something of the program's: what that throws ends the follower.
  void protect(const std::function<void()>& run);

  void find_book();
  void on_book(result<book_actor> x);
  void watch(const book_actor& x);
  void subscribe();
  void on_not_subscribed(error why);
  void on_subscribed(subscription_actor x);
  void on_delivery(delivery& x);
  void count_dropped(delivery& x);
  result<void> check(const delivery& x);
  void on_down(const caf::down_msg& down);
  void on_ended(error reason);
  void subscribe_later();
  void on_subscription_down(const caf::error& reason);
  void work_off();
  next_step run(const delivery& x);
  void done_with(const delivery& x);
  void retry_later();
  void finish(result<void> outcome, bool failed);

  follower_actor::pointer self_;
  watched_calls calls_;
  std::shared_ptr<book_link> book_;
  caf::actor_addr watched_; ///< the incarnation of now
  writer_epoch epoch_;      ///< of the last delivery
  writer_epoch written_;    ///< of the last event
  subscription wanted_;     ///< from what was not delivered yet on, if it is asked for again
  subscription_actor subscription_;
  std::uint64_t dropped_ = 0;        ///< in all, before this subscription and by it
  std::uint64_t dropped_before_ = 0; ///< this subscription
  std::uint64_t old_events_ =
      0;                 ///< in `waiting_`, of a subscription that is gone: nobody counts them
  bool resumed_ = false; ///< nothing has come of this subscription, which is not the first
  bool subscribes_again_ = false; ///< when the book is there: the node is gone that carried them
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
