#include "actors/follower.hpp"

#include <algorithm>
#include <exception>
#include <string>

namespace daybook::actors {

namespace {

constexpr caf::timespan last_words_timeout = std::chrono::seconds{1};

class callback_work final : public follower_work {
public:
  callback_work(subscription wanted, std::function<void(const delivery&)> callback)
      : wanted_(std::move(wanted)), callback_(std::move(callback)) {}

  void begin(follower_state& me) override { me.follow(wanted_); }

  next_step on_delivery(const delivery& x) override {
    callback_(x);
    return next_step::go_on;
  }

  void finish(follower_state& me, bool) override { me.end({}); }

private:
  subscription wanted_;
  std::function<void(const delivery&)> callback_;
};

/// Runs something of the program's; what it throws becomes an error.
template <class Run>
result<void> catch_all(Run run) {
  auto failed = [](const std::string& what) {
    return fail(ec::invalid_argument, "the program could not deal with a delivery: " + what,
                {{"field", "handler"}});
  };
  try {
    run();
    return {};
  } catch (const std::exception& problem) {
    return failed(problem.what());
  } catch (...) {
    return failed("it threw something that is no std::exception");
  }
}

/// Whether a book may be there later that is not there now.
bool may_come_back(const error& x) {
  return retry_delay(x) || x.code() == ec::unavailable || x.code() == ec::overloaded;
}

} // namespace

std::unique_ptr<follower_work> make_callback_work(subscription wanted,
                                                  std::function<void(const delivery&)> callback) {
  return std::make_unique<callback_work>(std::move(wanted), std::move(callback));
}

follower_state::follower_state(follower_actor::pointer self, std::shared_ptr<book_link> book,
                               std::unique_ptr<follower_work> work,
                               std::shared_ptr<follower_link> link, backoff retries)
    : self_(self),
      calls_(self),
      book_(std::move(book)),
      work_(std::move(work)),
      link_(std::move(link)),
      retries_(retries),
      delay_(retries.first) {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

/// What the work holds of the program's is gone before the holder of the handle hears of the end.
follower_state::~follower_state() {
  work_->on_end(outcome_);
  work_.reset();
  if (!started_)
    link_->started.set_value(outcome_);
  link_->ended.set_value(outcome_);
}

follower_actor::behavior_type follower_state::make_behavior() {
  link_->thread = std::this_thread::get_id();
  // Null while the book is being restarted. Why there is none is told to what the work asks.
  if (auto now = book_->now())
    watch(now);
  else
    book_->find(*this, [this](const result<book_actor>& x) {
      if (x)
        watch(*x);
    });
  work_->begin(*this);
  return {
      [this](atom::deliver, delivery& x) { on_delivery(x); },
      [this](atom::ended, error& reason) { on_ended(std::move(reason)); },
      [this](atom::stop) { finish({}, false); },
      [this](atom::flush, const caf::actor_addr& ended) { calls_.refuse(ended); },
  };
}

// -- for the work -------------------------------------------------------------------------------

void follower_state::follow(subscription wanted) {
  link_->position = std::max(wanted.from, event_seq{1}).value() - 1;
  wanted_ = std::move(wanted);
  subscribe();
}

void follower_state::subscribe() {
  // Not twice: a book that has taken it has answered, and its subscriptions outlive it.
  send<subscription_actor>(
      {.timeout = caf::infinite,
       .retry_budget = patience,
       .repeatable = false,
       .outlasts_nodes = true},
      [this](subscription_actor& x) { on_subscribed(std::move(x)); },
      [this](error x) { on_not_subscribed(std::move(x)); }, atom::subscribe_v,
      caf::actor_cast<subscriber_actor>(self_), wanted_);
}

/// The node may have gone again before it answered: what it had begun ends by itself.
void follower_state::on_not_subscribed(error why) {
  if (!started_ || why.code() != ec::io)
    return end(fail(std::move(why)));
  subscribes_again_ = true;
  self_->run_delayed(node_pause, [this] { find_book(); });
}

void follower_state::end(result<void> outcome) {
  if (!finishing_ || outcome_)
    outcome_ = std::move(outcome);
  finishing_ = true;
  self_->quit();
}

void follower_state::report_applied(const std::string& who, event_seq seq) {
  // The mark is for others to look at: that a book has no room for it is no reason to end.
  if (book_->now())
    ask_once<void>([] {}, [](const error&) {}, atom::report_applied_v, who, seq);
}

void follower_state::protect(const std::function<void()>& run) {
  if (auto thrown = catch_all(run); !thrown)
    finishing_ ? end(std::move(thrown)) : finish(std::move(thrown), true);
}

// -- following ----------------------------------------------------------------------------------

void follower_state::on_subscribed(subscription_actor x) {
  if (finishing_) {
    self_->send(x, atom::cancel_v);
    return;
  }
  subscription_ = std::move(x);
  self_->monitor(subscription_);
  if (!std::exchange(started_, true))
    link_->started.set_value({});
  work_off();
}

/// A delivery without events costs no credit: it is added to the one before it.
void follower_state::on_delivery(delivery& x) {
  if (finishing_)
    return;
  if (auto believed = check(x); !believed)
    return finish(std::move(believed), false);
  count_dropped(x);
  note_durable(x.durable);
  wanted_.from = x.last.next();
  if (x.events.empty() && !waiting_.empty()) {
    auto& last = waiting_.back();
    last.last = x.last;
    last.chain = x.chain;
    last.durable = x.durable;
    last.dropped = x.dropped;
  } else {
    waiting_.push_back(std::move(x));
  }
  work_off();
}

/// A lossy subscription begins at the end, whenever it does: what came while there was none is
/// dropped too.
void follower_state::count_dropped(delivery& x) {
  auto is_first = std::exchange(resumed_, false) && wanted_.mode == delivery_mode::lossy;
  if (is_first && x.first > wanted_.from) {
    dropped_before_ += x.first.value() - wanted_.from.value();
    x.first = wanted_.from;
  }
  x.dropped += dropped_before_;
  dropped_ = x.dropped;
}

/// Epochs grow: what is of an older writer, behind what is of a newer one, is of one that should be
/// dead [I10].
result<void> follower_state::check(const delivery& x) {
  auto refuse = [](writer_epoch found, writer_epoch known) {
    return fail(
        ec::corrupt,
        "events came from a writer that is not the last one: its epoch is " +
            std::to_string(found.value()) + ", and there was " + std::to_string(known.value()),
        {{"found", std::to_string(found.value())}, {"expected", std::to_string(known.value())}});
  };
  if (x.epoch < epoch_)
    return refuse(x.epoch, epoch_);
  epoch_ = x.epoch;
  for (auto& event : x.events) {
    if (event.receipt.epoch < written_)
      return refuse(event.receipt.epoch, written_);
    written_ = event.receipt.epoch;
  }
  return {};
}

void follower_state::work_off() {
  while (subscription_ && !waiting_.empty() && !retries_later_ && !finishing_) {
    auto step = run(waiting_.front());
    if (finishing_)
      return;
    if (step == next_step::retry)
      return retry_later();
    done_with(waiting_.front());
    waiting_.pop_front();
    if (step == next_step::stop)
      finish({}, false);
  }
}

next_step follower_state::run(const delivery& x) {
  auto step = next_step::stop;
  auto thrown = catch_all([&] {
    step = work_->on_delivery(x);
    if (step == next_step::retry)
      return;
    link_->position = x.last.value();
    work_->on_done(*this, x);
  });
  if (!thrown)
    finish(std::move(thrown), true);
  return step;
}

void follower_state::done_with(const delivery& x) {
  delay_ = retries_.first;
  auto old = std::min<std::uint64_t>(old_events_, x.events.size());
  old_events_ -= old;
  if (auto events = static_cast<std::uint32_t>(x.events.size() - old); events > 0)
    self_->send(subscription_, atom::credit_v, events);
}

void follower_state::retry_later() {
  retries_later_ = true;
  // Nothing more may be delivered meanwhile that would say how far the book is.
  ask_or<frontier>([this](const frontier& now) { note_durable(now.durable); }, [](const error&) {},
                   atom::frontier_v);
  self_->run_delayed(delay_, [this] {
    retries_later_ = false;
    work_off();
  });
  delay_ = std::min(2 * delay_, retries_.longest);
}

// -- ending -------------------------------------------------------------------------------------

void follower_state::finish(result<void> outcome, bool failed) {
  if (std::exchange(finishing_, true))
    return;
  outcome_ = std::move(outcome);
  if (subscription_)
    self_->send(subscription_, atom::cancel_v);
  if (auto thrown = catch_all([&] { work_->finish(*this, failed); }); !thrown)
    end(std::move(thrown));
}

/// A subscription outlives a book's restart, and says why it ends. What else the book knew of the
/// follower has to be told to the next one.
void follower_state::on_down(const caf::down_msg& down) {
  if (calls_.waits_for(down.source))
    self_->send(caf::actor_cast<follower_actor>(self_), atom::flush_v, down.source);
  if (subscription_ && down.source == subscription_.address()) {
    on_subscription_down(down.reason);
  } else if (down.source == watched_) {
    watched_ = nullptr;
    if (down.reason == caf::exit_reason::remote_link_unreachable)
      book_->open_from_now_on();
    if (auto now = book_->now(); now && now.address() == down.source)
      book_->lost(now);
    work_->on_lost();
    find_book();
  }
}

void follower_state::find_book() {
  book_->find(*this, [this](result<book_actor> x) { on_book(std::move(x)); });
}

/// A book that went to another node is followed there, and one whose node stops when it is back.
void follower_state::on_ended(error reason) {
  auto goes_on = reason.code() == ec::moved || reason.code() == ec::unavailable;
  if (!goes_on || finishing_ || !subscription_)
    return finish(fail(std::move(reason)), false);
  self_->demonitor(subscription_);
  subscribe_later();
  find_book();
}

/// From the event on that has not come yet.
void follower_state::subscribe_later() {
  subscription_ = nullptr;
  subscribes_again_ = true;
  dropped_before_ = dropped_;
  resumed_ = true;
  old_events_ = 0;
  for (auto& x : waiting_)
    old_events_ += x.events.size();
  book_->open_from_now_on();
}

void follower_state::on_subscription_down(const caf::error& reason) {
  auto gone = error{ec::io, "the book is gone (" + caf::to_string(reason) +
                                "): open it again and follow it from where this ended"};
  auto end_so = [this, gone] {
    if (!finishing_)
      end(fail(gone));
  };
  if (reason == caf::exit_reason::remote_link_unreachable && !finishing_) {
    auto gone = subscription_.node();
    subscribe_later();
    // Else that of the book is to come, and it is looked for then.
    if (watched_ && watched_.node() != gone)
      find_book();
    return;
  }
  if (reason != caf::exit_reason::unknown)
    return end_so();
  // It had ended when it was looked for. From another node this news overtakes what it said last.
  self_->run_delayed(last_words_timeout, end_so);
}

/// A node of a cluster that is gone comes back, or another one has the book by then.
void follower_state::on_book(result<book_actor> x) {
  if (!x && !finishing_ && may_come_back(x.error())) {
    self_->run_delayed(std::max(retry_delay(x.error()).value_or(node_pause), node_pause),
                       [this] { find_book(); });
    return;
  }
  if (!x)
    return end(fail(std::move(x.error())));
  if (x->address() != watched_) {
    watch(*x);
    work_->on_restart(*this);
  }
  if (std::exchange(subscribes_again_, false))
    subscribe();
}

void follower_state::watch(const book_actor& x) {
  watched_ = x.address();
  self_->monitor(x);
}

} // namespace daybook::actors
