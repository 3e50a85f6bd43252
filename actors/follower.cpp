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

} // namespace

std::unique_ptr<follower_work> make_callback_work(subscription wanted,
                                                  std::function<void(const delivery&)> callback) {
  return std::make_unique<callback_work>(std::move(wanted), std::move(callback));
}

follower_state::follower_state(follower_actor::pointer self, book_actor book,
                               std::unique_ptr<follower_work> work,
                               std::shared_ptr<follower_link> link, backoff retries)
    : self_(self),
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
  self_->monitor(book_);
  work_->begin(*this);
  return {
      [this](atom::deliver, delivery& x) { on_delivery(x); },
      [this](atom::ended, error& reason) { finish(fail(std::move(reason)), false); },
      [this](atom::stop) { finish({}, false); },
  };
}

// -- for the work -------------------------------------------------------------------------------

void follower_state::follow(subscription wanted) {
  link_->position = std::max(wanted.from, event_seq{1}).value() - 1;
  ask(
      caf::infinite, [this](subscription_actor& x) { on_subscribed(std::move(x)); },
      atom::subscribe_v, caf::actor_cast<subscriber_actor>(self_), std::move(wanted));
}

void follower_state::end(result<void> outcome) {
  if (!finishing_ || outcome_)
    outcome_ = std::move(outcome);
  finishing_ = true;
  self_->quit();
}

void follower_state::report_applied(const std::string& who, event_seq seq) {
  // The mark is for others to look at: that a book has no room for it is no reason to end.
  self_->request(book_, caf::infinite, atom::report_applied_v, who, seq)
      .then([] {}, [](const caf::error&) {});
}

// -- following ----------------------------------------------------------------------------------

void follower_state::on_subscribed(subscription_actor x) {
  if (finishing_) {
    self_->send(x, atom::cancel_v);
    return;
  }
  subscription_ = std::move(x);
  self_->monitor(subscription_);
  started_ = true;
  link_->started.set_value({});
  work_off();
}

/// A delivery without events costs no credit: it is added to the one before it.
void follower_state::on_delivery(delivery& x) {
  if (finishing_)
    return;
  note_durable(x.durable);
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
  if (auto events = static_cast<std::uint32_t>(x.events.size()); events > 0)
    self_->send(subscription_, atom::credit_v, events);
}

void follower_state::retry_later() {
  retries_later_ = true;
  // Nothing more may be delivered meanwhile that would say how far the book is.
  ask_or(
      caf::infinite, [this](const frontier& now) { note_durable(now.durable); },
      [](const error&) {}, atom::frontier_v);
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

/// The book itself is waited for only until there is a subscription, which says why it ends.
void follower_state::on_down(const caf::down_msg& down) {
  auto is_subscription = subscription_ && down.source == subscription_.address();
  if (!is_subscription && subscription_ && !finishing_)
    return;
  if (is_subscription && finishing_)
    return;
  auto gone = error{ec::io, "the book is gone (" + caf::to_string(down.reason) +
                                "): open it again and follow it from where this ended"};
  if (!is_subscription || down.reason != caf::exit_reason::unknown)
    return end(fail(std::move(gone)));
  // It had ended when it was looked for. From another node this news overtakes what it said last.
  self_->run_delayed(last_words_timeout, [this, gone] {
    if (!finishing_)
      end(fail(gone));
  });
}

} // namespace daybook::actors
