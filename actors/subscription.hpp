#pragma once

#include "actors/event_matcher.hpp"
#include "actors/event_run.hpp"
#include "actors/feed.hpp"
#include "actors/follow_messages.hpp"
#include "actors/interfaces.hpp"
#include "actors/jobs.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace daybook::actors {

/// Events in one delivery, but for the rest of a unit.
inline constexpr std::uint32_t delivery_events_max = 1'000;

/// Whether a book whose last durable event is `durable` can serve this.
/// Errors: `invalid_argument`, with the `field`.
result<void> check(const subscription& x, event_seq durable);

/// The subscription's whole interface: the public one and its message to itself, to go on with
/// what it has begun.
using subscription_impl = subscription_actor::extend<auto(atom::flush)->caf::result<void>>;

/// Who a subscription works with.
struct subscription_neighbours {
  feed_actor feed;
  reader_actor reader;
  subscriber_actor subscriber;
  /// Who knows the next incarnation of the book. Null: the subscription ends with this one.
  caf::actor_addr supervisor{};
  /// Where it shows how far it is. Null: nowhere.
  std::shared_ptr<book_gauges> gauges{};
  /// Counts it among those of the subscriber's process until it goes.
  std::shared_ptr<void> share{};
};

/// A SUBSCRIPTION (interfaces.hpp). It pulls: one question to the feed or the reader at a time, and
/// only while it may deliver what comes, so that a slow subscriber costs the writer nothing and
/// memory one page. When memory has let go of what it needs next, the log has it. When the book is
/// restarted it goes on with the next incarnation, from where it was: what it has delivered was
/// durable, so it is there again.
class subscription_state {
public:
  static inline const char* name = "daybook.subscription";

  /// `book.last` is the last durable event; `wanted` has passed `check` against it.
  subscription_state(subscription_impl::pointer self, subscription_neighbours neighbours,
                     log_scan book, subscription wanted, writer_epoch epoch = {});

  subscription_impl::behavior_type make_behavior();

private:
  // -- finding events
  // ------------------------------------------------------------------------------

  void pull();
  void ask_feed();
  void ask_reader();
  std::uint32_t page_limit() const;
  void on_tail(tail_answer& answer);
  void on_page(events_page& page);
  void skip_to_end();

  // -- delivering them
  // -----------------------------------------------------------------------------

  void go_on_soon();
  void go_on();
  void end_run();
  bool may_deliver() const { return credit_ > 0; }
  bool is_lossy() const { return mode_ == delivery_mode::lossy; }
  std::uint64_t events_wanted() const;
  void deliver(cut_piece piece);
  void tell_progress();
  delivery next_delivery();
  void show_in(std::shared_ptr<book_gauges> gauges);

  // -- over a restart
  // -------------------------------------------------------------------------------

  void find_book(const caf::error& reason);
  void on_book(const book_actor& x);
  void on_attached(attachment& x);

  // -- ending
  // --------------------------------------------------------------------------------------

  void on_down(const caf::down_msg& down);
  void end_with_book(const caf::error& reason);
  void end(error reason);

  subscription_impl::pointer self_;
  subscription_neighbours neighbours_;
  log_scan book_;
  delivery_mode mode_;
  bool has_filter_;
  event_filter filter_;
  event_matcher matcher_;
  writer_epoch epoch_;     ///< of the incarnation that it follows
  std::uint64_t life_ = 0; ///< counts the incarnations: answers of an older one are not heard

  event_seq next_;     ///< to look at
  chain_hash chain_{}; ///< of the batch that holds the event before that, if it was looked at
  event_seq told_;     ///< the subscriber knows of everything up to here
  std::shared_ptr<book_gauges::follower> shown_; ///< the same, for the metrics
  event_seq durable_;                            ///< as far as the subscription knows
  /// While `next_` is not after it, the log is read, not the feed.
  event_seq catching_up_to_;
  std::int64_t credit_;
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_told_ = 0;

  std::unique_ptr<event_run> run_; ///< what is being delivered
  /// Events to ask the reader for when there is a filter, which costs no credit: more when few of
  /// them matched, fewer when the credit did not last.
  std::uint32_t page_events_ = delivery_events_max;
  bool is_asking_ = false;
  bool goes_on_soon_ = false;
  bool progress_is_on_its_way_ = false;
};

} // namespace daybook::actors
