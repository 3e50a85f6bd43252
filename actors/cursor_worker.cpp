#include "actors/cursor_worker.hpp"

#include "actors/logging.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace daybook {

namespace actors {

namespace {

class cursor_work final : public follower_work {
public:
  cursor_work(cursor_request cursor, cursor_options options, cursor_handler handler)
      : cursor_(std::move(cursor)), options_(options), handler_(std::move(handler)) {}

  void begin(follower_state& me) override {
    open(me, [this, &me](const cursor_info& x) { on_opened(me, x); });
  }

  next_step on_delivery(const delivery& x) override {
    return x.events.empty() ? next_step::go_on : handler_(x);
  }

  void on_done(follower_state& me, const delivery& x) override {
    position_ = x.last;
    dealt_with_ += x.events.size();
    store_soon(me);
    // Not for a cursor that may be somebody else's by now; else `on_restart` makes up for it.
    if (is_held_)
      me.report_applied(cursor_.name, position_);
  }

  void on_lost() override { is_held_ = false; }

  /// The book has to know again whose it is. Somebody else may have had it meanwhile: what is past
  /// here is that one's, and storing a position before it would undo it.
  void on_restart(follower_state& me) override {
    if (!is_open_ || std::exchange(is_opening_, true))
      return;
    open(me, [this, &me](const cursor_info& x) {
      is_opening_ = false;
      if (x.position > position_)
        return me.end(fail(ec::busy, "another worker has had the cursor '" + cursor_.name + "'",
                           {{"what", cursor_.name}}));
      is_held_ = true;
      is_storing_ = false;
      stored_ = x.position;
      me.report_applied(cursor_.name, position_);
      finishing_ ? close(me) : store_soon(me);
    });
  }

  void finish(follower_state& me, bool) override {
    if (!is_open_)
      return me.end({});
    finishing_ = true;
    me.self()->run_delayed(finish_timeout, [this, &me] {
      me.end(fail(ec::timed_out, "the book did not store the position of the cursor in time",
                  {{"what", cursor_.name}}));
    });
    if (!is_storing_ && is_held_)
      close(me);
  }

private:
  template <class OnOpened>
  void open(follower_state& me, OnOpened opened) {
    me.ask<cursor_info>(std::move(opened), atom::open_cursor_v, cursor_);
  }

  void on_opened(follower_state& me, const cursor_info& x) {
    is_open_ = is_held_ = true;
    position_ = stored_ = x.position;
    me.note_durable(x.durable);
    me.follow({x.position.next(), delivery_mode::guaranteed, options_.batch, cursor_.filter});
  }

  void store_soon(follower_state& me) {
    if (!is_held_ || is_storing_ || position_ == stored_)
      return;
    auto is_due = dealt_with_ >= options_.store_every_events && pause_ == caf::timespan{0};
    is_due ? store(me) : store_later(me);
  }

  /// One at a time is on its way, so that a fast worker does not fill the keeper's mailbox.
  void store(follower_state& me) {
    dealt_with_ = 0;
    auto before = std::exchange(stored_, position_);
    is_storing_ = true;
    auto stored = [this, &me] {
      is_storing_ = false;
      pause_ = caf::timespan{0};
      finishing_ ? close(me) : store_soon(me);
    };
    auto refused = [this, &me, before, end = ended_with(me)](error x) {
      is_passing(x) && !finishing_ ? not_stored(me, before, x) : end(std::move(x));
    };
    me.ask_once<void>(stored, refused, atom::store_cursor_v, cursor_.name, position_);
  }

  /// What a disk has that is full, or that fails now and then.
  static bool is_passing(const error& x) {
    return x.code() == ec::io || x.code() == ec::no_space || x.code() == ec::overloaded;
  }

  /// The work goes on: a position that is stored late costs deliveries after a crash, no more.
  void not_stored(follower_state& me, event_seq before, const error& reason) {
    logger()->warn("cursor={} event=position_not_stored reason=\"{}\"", cursor_.name,
                   to_string(reason));
    is_storing_ = false;
    stored_ = before;
    pause_ = pause_ == caf::timespan{0}
                 ? options_.retries.first
                 : std::min<caf::timespan>(2 * pause_, options_.retries.longest);
    store_later(me);
  }

  void store_later(follower_state& me) {
    if (std::exchange(stores_later_, true))
      return;
    me.self()->run_delayed(std::max<caf::timespan>(options_.store_every, pause_), [this, &me] {
      stores_later_ = false;
      if (is_held_ && !is_storing_ && !finishing_ && position_ != stored_)
        store(me);
    });
  }

  void close(follower_state& me) {
    if (position_ != stored_)
      return store(me);
    me.ask_once<void>([&me] { me.end({}); }, ended_with(me), atom::close_cursor_v, cursor_.name);
  }

  /// A book that ended over it: the next one is told again.
  static std::function<void(error)> ended_with(follower_state& me) {
    return [&me](error x) {
      if (x.code() != ec::restarting && x.code() != ec::outcome_unknown)
        me.end(fail(std::move(x)));
    };
  }

  cursor_request cursor_;
  cursor_options options_;
  cursor_handler handler_;
  bool is_open_ = false;    ///< has been, once
  bool is_held_ = false;    ///< by this worker, as the book of now knows it
  bool is_opening_ = false; ///< again
  event_seq position_;
  event_seq stored_; ///< or being stored
  bool is_storing_ = false;
  bool finishing_ = false;
  std::uint64_t dealt_with_ = 0;
  caf::timespan pause_{0}; ///< before the next storing, when the last one failed
  bool stores_later_ = false;
};

} // namespace

std::unique_ptr<follower_work> make_cursor_work(cursor_request cursor, cursor_options options,
                                                cursor_handler handler) {
  return std::make_unique<cursor_work>(std::move(cursor), options, std::move(handler));
}

} // namespace actors

// -- one book -----------------------------------------------------------------------------------

result<cursor_worker> book_client::run_cursor(actors::cursor_request cursor, cursor_options options,
                                              cursor_handler handler) const {
  if (options.batch == 0)
    return fail(ec::invalid_argument, "a worker needs at least one event at a time",
                {{"field", "batch"}});
  auto filter = cursor.filter;
  auto work = actors::make_cursor_work(std::move(cursor), options, std::move(handler));
  auto started = follower::start(core_, book_, filter, std::move(work), options.retries);
  if (!started)
    return fail(std::move(started.error()));
  return cursor_worker{std::move(*started)};
}

} // namespace daybook
