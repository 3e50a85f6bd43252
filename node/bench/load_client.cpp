#include "node/bench/load_client.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <utility>

namespace daybook::node::bench {

using namespace actors;

namespace {

constexpr auto overload_pause_max = std::chrono::milliseconds{256};
/// Messages that become due in the meantime are sent together.
constexpr auto shortest_pause = std::chrono::microseconds{250};

/// What of a message was not accepted and is to be sent again; empty: all of it is durable.
result<caf::message> left_of(const caf::message&, const ledger::receipt&) { return caf::message{}; }

result<caf::message> left_of(const caf::message& sent, const std::vector<outcome>& answers) {
  std::vector<ledger::command> again;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    auto* refused = std::get_if<error>(&answers[i]);
    if (!refused)
      continue;
    if (refused->code() != ec::overloaded)
      return fail(*refused);
    again.push_back(sent.get_as<std::vector<ledger::command>>(1)[i]);
  }
  if (again.empty())
    return caf::message{};
  return caf::make_message(atom::commit_v, std::move(again));
}

} // namespace

load_client::load_client(caf::event_based_actor* self, std::vector<book_actor> books,
                         const load_options& options, std::size_t client,
                         std::shared_ptr<share_of_load> share, std::atomic<std::uint64_t>* progress)
    : self_(self),
      books_(std::move(books)),
      options_(options),
      source_(options, client),
      share_(std::move(share)),
      progress_(progress),
      turn_(client),
      interval_(options.interval()),
      unsent_(share_->transactions),
      sent_(client) {} // so that clients begin with different books

caf::behavior load_client::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) {
    finish(fail(from_caf(down.reason, ec::outcome_unknown)));
  });
  for (auto& book : books_)
    self_->monitor(book);
  // Clients take turns.
  next_due_ = clock::now() + interval_ * turn_ / options_.clients;
  if (options_.seconds > 0)
    end_ = clock::now() + std::chrono::seconds{options_.seconds};
  if (interval_ > clock::duration::zero())
    send_due();
  else if (unsent_ > 0)
    for (std::size_t i = 0; i < options_.in_flight; ++i)
      send_next(clock::now());
  end_if_idle();
  return {[](caf::unit_t) {}};
}

// -- sending --------------------------------------------------------------------------------------

void load_client::send_due() {
  for (; next_due_ <= clock::now() && unsent_ > 0; next_due_ += interval_)
    send_next(next_due_);
  if (unsent_ == 0)
    return end_if_idle();
  auto pause = std::max<clock::duration>(next_due_ - clock::now(), shortest_pause);
  self_->run_delayed(pause, [this] { send_due(); });
}

void load_client::send_next(clock::time_point due) {
  if (due >= end_)
    unsent_ = 0;
  auto items = std::min<std::uint64_t>(options_.batch, unsent_);
  if (items == 0)
    return;
  unsent_ -= items;
  ++waiting_;
  message x{.book = sent_++ % books_.size(), .items = items, .due = due};
  if (options_.batch == 1) {
    x.content = caf::make_message(atom::commit_v, source_.next());
    return send<ledger::receipt>(std::move(x));
  }
  std::vector<ledger::command> xs;
  xs.reserve(items);
  for (std::uint64_t i = 0; i < items; ++i)
    xs.emplace_back(source_.next());
  x.content = caf::make_message(atom::commit_v, std::move(xs));
  send<std::vector<outcome>>(std::move(x));
}

/// The message is kept only as CAF keeps it: sent again after an overload without a copy. No
/// timeout: one for every message in flight is a sixth of the processor time of a run, and a book
/// that goes away is noticed anyway.
template <class Answer>
void load_client::send(message x) {
  self_->request(caf::actor_cast<caf::actor>(books_[x.book]), caf::infinite, x.content)
      .then(
          [this, x](const Answer& answer) {
            auto left = left_of(x.content, answer);
            if (!left)
              return finish(fail(std::move(left.error())));
            if (left->empty())
              return on_durable(x.items, x.due);
            send_later<Answer>(x, std::move(*left));
          },
          [this, x](const caf::error& reason) {
            if (reason != ec::overloaded)
              return finish(fail(from_caf(reason, ec::outcome_unknown)));
            send_later<Answer>(x, x.content);
          });
}

/// A book that is overloaded is left alone for twice as long each time: it has to turn every
/// message away, and does nothing else when they come too often.
template <class Answer>
void load_client::send_later(message x, caf::message content) {
  ++share_->overloaded;
  x.content = std::move(content);
  auto pause = std::exchange(x.pause, std::min(2 * x.pause, overload_pause_max));
  self_->run_delayed(pause, [this, x] { send<Answer>(x); });
}

// -- answers --------------------------------------------------------------------------------------

void load_client::on_durable(std::uint64_t items, clock::time_point due) {
  auto now = clock::now();
  auto latency = std::chrono::duration_cast<std::chrono::nanoseconds>(now - due);
  share_->latency.add(static_cast<std::uint64_t>(latency.count()));
  share_->accepted += items;
  progress_->fetch_add(items, std::memory_order_relaxed);
  --waiting_;
  if (interval_ == clock::duration::zero())
    send_next(now);
  end_if_idle();
}

void load_client::end_if_idle() {
  if (waiting_ == 0 && unsent_ == 0)
    finish({});
}

void load_client::finish(result<void> outcome) {
  if (std::exchange(finished_, true))
    return;
  share_->done.set_value(std::move(outcome));
  self_->quit();
}

} // namespace daybook::node::bench
