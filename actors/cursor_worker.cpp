#include "actors/cursor_worker.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace daybook {

namespace actors {

namespace {

/// How long the book has, at the end, to store the last position.
constexpr caf::timespan finish_timeout = std::chrono::seconds{10};

class cursor_work final : public follower_work {
public:
  cursor_work(cursor_request cursor, cursor_options options, cursor_handler handler)
      : cursor_(std::move(cursor)), options_(options), handler_(std::move(handler)) {}

  void begin(follower_state& me) override {
    me.ask(
        caf::infinite, [this, &me](const cursor_info& x) { on_opened(me, x); }, atom::open_cursor_v,
        cursor_);
  }

  next_step on_delivery(const delivery& x) override {
    return x.events.empty() ? next_step::go_on : handler_(x);
  }

  void on_done(follower_state& me, const delivery& x) override {
    position_ = x.last;
    dealt_with_ += x.events.size();
    if (dealt_with_ >= options_.store_every_events)
      store(me, caf::infinite, [] {});
    else
      store_later(me);
    me.report_applied(cursor_.name, position_);
  }

  void finish(follower_state& me, bool) override {
    if (!is_open_)
      return me.end({});
    auto close = [this, &me] {
      me.ask(finish_timeout, [&me] { me.end({}); }, atom::close_cursor_v, cursor_.name);
    };
    position_ == stored_ ? close() : store(me, finish_timeout, close);
  }

private:
  void on_opened(follower_state& me, const cursor_info& x) {
    is_open_ = true;
    position_ = stored_ = x.position;
    me.follow({x.position.next(), delivery_mode::guaranteed, options_.batch, cursor_.filter});
  }

  template <class Then>
  void store(follower_state& me, caf::timespan timeout, Then then) {
    dealt_with_ = 0;
    stored_ = position_;
    me.ask(timeout, std::move(then), atom::store_cursor_v, cursor_.name, position_);
  }

  void store_later(follower_state& me) {
    if (std::exchange(stores_later_, true))
      return;
    me.self()->run_delayed(options_.store_every, [this, &me] {
      stores_later_ = false;
      if (position_ != stored_)
        store(me, caf::infinite, [] {});
    });
  }

  cursor_request cursor_;
  cursor_options options_;
  cursor_handler handler_;
  bool is_open_ = false;
  event_seq position_;
  event_seq stored_; ///< or being stored
  std::uint64_t dealt_with_ = 0;
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
  auto filter = cursor.filter;
  auto work = actors::make_cursor_work(std::move(cursor), options, std::move(handler));
  auto started = follower::start(core_, book_, filter, std::move(work), options.retries);
  if (!started)
    return fail(std::move(started.error()));
  return cursor_worker{std::move(*started)};
}

} // namespace daybook
