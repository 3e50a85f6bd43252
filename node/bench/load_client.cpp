#include "node/bench/load_client.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <utility>

namespace daybook::node::bench {

using namespace actors;

namespace {

constexpr auto overload_pause = std::chrono::milliseconds{1};
constexpr auto overload_pause_max = std::chrono::milliseconds{256};
/// Messages that become due in the meantime are sent together.
constexpr auto shortest_pause = std::chrono::microseconds{250};

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
  auto& book = books_[sent_++ % books_.size()];
  if (options_.batch == 1)
    return send(book, source_.next(), due);
  std::vector<ledger::command> xs;
  xs.reserve(items);
  for (std::uint64_t i = 0; i < items; ++i)
    xs.emplace_back(source_.next());
  send(book, std::move(xs), due);
}

void load_client::send(const book_actor& to, ledger::transaction x, clock::time_point due) {
  request<ledger::receipt>(to, caf::make_message(atom::commit_v, std::move(x)), due,
                           overload_pause);
}

void load_client::send(const book_actor& to, std::vector<ledger::command> xs,
                       clock::time_point due) {
  request<std::vector<outcome>>(to, caf::make_message(atom::commit_v, std::move(xs)), due,
                                overload_pause);
}

/// The message is kept only as CAF keeps it: sent again after an overload without a copy. No
/// timeout: one for every message in flight is a sixth of the processor time of a run, and a book
/// that goes away is noticed anyway. A book that is overloaded is left alone for twice as long each
/// time: it has to turn every message away, and does nothing else when they come too often.
template <class Answer>
void load_client::request(const book_actor& to, const caf::message& what, clock::time_point due,
                          std::chrono::milliseconds pause) {
  self_->request(caf::actor_cast<caf::actor>(to), caf::infinite, what)
      .then([this, due](const Answer& x) { on_answer(x, due); },
            [this, to, what, due, pause](const caf::error& reason) {
              if (reason != ec::overloaded)
                return finish(fail(from_caf(reason, ec::outcome_unknown)));
              ++share_->overloaded;
              self_->run_delayed(pause, [=, this] {
                request<Answer>(to, what, due, std::min(2 * pause, overload_pause_max));
              });
            });
}

// -- answers --------------------------------------------------------------------------------------

void load_client::on_answer(const ledger::receipt&, clock::time_point due) { on_durable(1, due); }

void load_client::on_answer(const std::vector<outcome>& xs, clock::time_point due) {
  for (auto& x : xs)
    if (auto* refused = std::get_if<error>(&x))
      return finish(fail(*refused));
  on_durable(xs.size(), due);
}

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
