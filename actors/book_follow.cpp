// What a book does for those who follow it.

#include "actors/book_asking.hpp"
#include "actors/errors.hpp"
#include "actors/net/transport.hpp"
#include "actors/subscription.hpp"
#include "base/names.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

constexpr std::size_t subscriptions_max = 1'024;

/// Who waits for a watermark, together.
constexpr std::size_t waits_max = 1'024;

/// How long one of them may wait.
constexpr caf::timespan wait_max = std::chrono::hours{24};

} // namespace

caf::actor_addr book_state::sender() const {
  return caf::actor_cast<caf::actor_addr>(self_->current_sender());
}

void book_state::watch(const caf::actor_addr& who) {
  if (!who || !watched_.insert(who).second)
    return;
  self_->monitor(who);
  if (watched_.size() > watched_max_)
    stop_watching_the_idle();
}

/// Whoever waited or held something once may live long after that [I12].
void book_state::stop_watching_the_idle() {
  std::erase_if(watched_, [this](auto& who) {
    auto has_something = subscriptions_.contains(who) || cursors_.has_holder(who) ||
                         watchers_.know(who) || (fence_ && fence_->owner == who);
    if (!has_something)
      self_->demonitor(who);
    return !has_something;
  });
  watched_max_ = std::max(watched_max_, 2 * watched_.size());
}

/// Whatever an actor had of the book, it has no more.
void book_state::on_down(const caf::down_msg& down) {
  watched_.erase(down.source);
  subscriptions_.erase(down.source);
  cursors_.release_all(down.source);
  watchers_.forget(down.source);
  recent_.forget(down.source);
  wake_watchers(); // it may have been the last of those under its names
  if (fence_ && fence_->owner == down.source)
    cancel_fence();
}

// -- the feed and subscriptions -----------------------------------------------------------------

caf::result<tail_answer> book_state::on_tail(event_seq from) {
  auto asker = sender(); // before the promise, which takes it
  auto promise = self_->make_response_promise<tail_answer>();
  recent_.ask(promise, asker, from);
  return promise;
}

/// A subscription of an incarnation before this one goes on with this one.
caf::result<attachment> book_state::on_attach() {
  // One that was accepted is not turned away for one that came while the book was restarted.
  if (subscriptions_.size() >= 2 * subscriptions_max)
    return to_caf(too_much_work("subscriptions", 2 * subscriptions_max));
  subscriptions_.insert(sender());
  watch(sender());
  return attachment{here(), machine_.epoch(),
                    refusal_ ? std::make_shared<const error>(*refusal_) : nullptr, gauges_};
}

caf::result<subscription_actor> book_state::on_subscribe(const subscriber_actor& subscriber,
                                                         subscription& wanted) {
  if (auto valid = check(wanted, machine_.durable_seq()); !valid)
    return to_caf(std::move(valid.error()));
  if (is_stopping())
    return to_caf(is_ending());
  if (subscriptions_.size() >= subscriptions_max)
    return to_caf(too_much_work("subscriptions", subscriptions_max));
  auto share = transport::take_subscription(self_->system(), subscriber.node());
  if (!share)
    return to_caf(too_much_work("subscriptions of one process",
                                transport_of(self_->system())->limits().subscriptions_max));
  subscription_neighbours neighbours{caf::actor_cast<feed_actor>(self_),
                                     neighbours_.reader,
                                     subscriber,
                                     neighbours_.supervisor,
                                     gauges_,
                                     std::move(share)};
  auto carrier = self_->spawn<subscription_impl::stateful_impl<subscription_state>>(
      std::move(neighbours), here(), std::move(wanted), machine_.epoch());
  subscriptions_.insert(carrier.address());
  watch(carrier.address());
  return carrier;
}

// -- cursors ------------------------------------------------------------------------------------

cursor_job book_state::cursor_job_of(std::string cursor) const {
  cursor_job job;
  job.scan = here();
  job.asked.name = std::move(cursor);
  return job;
}

caf::result<cursor_info> book_state::on_open_cursor(const cursor_request& request) {
  if (is_stopping())
    return to_caf(is_ending());
  if (request.start > machine_.durable_seq().next())
    return to_caf(
        {ec::invalid_argument,
         "the start is beyond the book's end",
         {{"field", "start"}, {"durable", std::to_string(machine_.durable_seq().value())}}});
  if (env_->options.read_only)
    return to_caf({ec::read_only, "a cursor is stored, and the book was opened to be read"});
  auto who = sender();
  if (!who)
    return to_caf({ec::invalid_argument,
                   "a cursor is held by the actor that opens it",
                   {{"field", "sender"}}});
  if (cursors_.is_held(request.name))
    return to_caf({ec::busy,
                   "another worker has the cursor '" + request.name + "'",
                   {{"what", request.name}}});
  auto token = cursor_work_.take();
  if (!token)
    return to_caf(too_much_work("cursors", cursor_work_.max()));
  cursors_.take(request.name, who);
  watch(who);
  auto job = cursor_job_of(request.name);
  job.asked = request;
  auto promise = self_->make_response_promise<cursor_info>();
  self_->request(neighbours_.cursor_keeper, caf::infinite, atom::open_cursor_v, std::move(job))
      .then(
          [this, promise, who, token](cursor_info& found) mutable {
            found.durable = machine_.durable_seq();
            found.held = true;
            if (cursors_.holds(found.name, who)) {
              watchers_.report(found.name, found.position, who);
              wake_watchers();
            }
            promise.deliver(std::move(found));
          },
          [this, promise, who, token, name = request.name](caf::error& reason) mutable {
            if (cursors_.holds(name, who))
              cursors_.release(name);
            promise.deliver(std::move(reason));
          });
  return promise;
}

std::optional<error> book_state::check_holder(const std::string& cursor) const {
  if (cursors_.holds(cursor, sender()))
    return std::nullopt;
  return error{
      ec::busy, "the cursor '" + cursor + "' is not yours: open it first", {{"what", cursor}}};
}

caf::result<void> book_state::on_store_cursor(const std::string& cursor, event_seq seq) {
  if (auto refused = check_holder(cursor))
    return to_caf(std::move(*refused));
  if (seq > machine_.durable_seq())
    return to_caf(
        {ec::invalid_argument, "the position is beyond the book's end", {{"field", "seq"}}});
  auto token = cursor_stores_.take();
  if (!token)
    return to_caf(too_much_work("cursors", cursor_stores_.max()));
  auto job = cursor_job_of(cursor);
  job.position = seq;
  auto who = sender(); // before the promise, which takes it
  auto promise = self_->make_response_promise<void>();
  self_->request(neighbours_.cursor_keeper, caf::infinite, atom::store_cursor_v, std::move(job))
      .then(
          [this, promise, cursor, seq, who, token]() mutable {
            if (cursors_.holds(cursor, who))
              watchers_.report(cursor, seq, who);
            wake_watchers();
            promise.deliver();
          },
          [promise, token](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

caf::result<void> book_state::on_close_cursor(const std::string& cursor) {
  if (auto refused = check_holder(cursor))
    return to_caf(std::move(*refused));
  cursors_.release(cursor);
  watchers_.forget(cursor, sender());
  wake_watchers();
  return caf::unit;
}

caf::result<void> book_state::on_remove_cursor(const std::string& cursor) {
  if (cursors_.is_held(cursor))
    return to_caf({ec::busy, "a worker has the cursor '" + cursor + "'", {{"what", cursor}}});
  if (env_->options.read_only)
    return to_caf({ec::read_only, "the book was opened to be read"});
  auto token = cursor_work_.take();
  if (!token)
    return to_caf(too_much_work("cursors", cursor_work_.max()));
  return have_done<void>(neighbours_.cursor_keeper, atom::remove_cursor_v, cursor_job_of(cursor),
                         std::move(token));
}

caf::result<std::vector<cursor_info>> book_state::on_cursors() {
  auto token = cursor_work_.take();
  if (!token)
    return to_caf(too_much_work("cursors", cursor_work_.max()));
  auto promise = self_->make_response_promise<std::vector<cursor_info>>();
  self_->request(neighbours_.cursor_keeper, caf::infinite, atom::cursors_v, cursor_job_of({}))
      .then(
          [this, promise, token](std::vector<cursor_info>& found) mutable {
            for (auto& cursor : found) {
              cursor.durable = machine_.durable_seq();
              cursor.held = cursors_.is_held(cursor.name);
            }
            promise.deliver(std::move(found));
          },
          [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  return promise;
}

// -- projections --------------------------------------------------------------------------------

caf::result<checkpoint> book_state::on_load_checkpoint(const std::string& projection) {
  checkpoint_job job{here(), {}};
  job.what.name = projection;
  auto token = loads_.take();
  if (!token)
    return to_caf(too_much_work("checkpoints", loads_.max()));
  return have_done<checkpoint>(neighbours_.indexer, atom::load_checkpoint_v, std::move(job),
                               std::move(token));
}

caf::result<void> book_state::on_store_checkpoint(checkpoint& x) {
  if (x.seq > machine_.durable_seq())
    return to_caf(
        {ec::invalid_argument, "the checkpoint is beyond the book's end", {{"field", "seq"}}});
  if (x.state.size() > checkpoint_bytes_max)
    return to_caf({ec::limit_exceeded,
                   "the checkpoint is too large",
                   {{"what", "checkpoint_bytes"},
                    {"limit", std::to_string(checkpoint_bytes_max)},
                    {"would_be", std::to_string(x.state.size())}}});
  auto token = stores_.take();
  if (!token)
    return to_caf(too_much_work("checkpoints", stores_.max()));
  return have_done<void>(neighbours_.indexer, atom::store_checkpoint_v,
                         checkpoint_job{here(), std::move(x)}, std::move(token));
}

// -- watermarks ---------------------------------------------------------------------------------

frontier book_state::own_frontier() const {
  frontier now;
  now.accepted = machine_.staged_seq();
  now.written = in_flight_ ? in_flight_->last_seq() : machine_.durable_seq();
  now.durable = machine_.durable_seq();
  if (is_fenced())
    now.accepted = now.durable;
  return now;
}

frontier book_state::on_frontier() const {
  auto now = own_frontier();
  watchers_.complete(now);
  return now;
}

/// A watermark may have moved. Cheap when nobody waits.
void book_state::wake_watchers() {
  if (!watchers_.empty())
    watchers_.wake(own_frontier());
}

caf::result<frontier> book_state::on_wait_for(watermark mark, const std::string& who, event_seq seq,
                                              caf::timespan timeout) {
  if (watchers_.position(own_frontier(), mark, who) >= seq)
    return on_frontier();
  if (timeout < caf::timespan{0} || timeout > wait_max)
    return to_caf(
        {ec::invalid_argument, "a timeout is from zero to 24 hours", {{"field", "timeout"}}});
  if (watchers_.size() >= waits_max)
    return to_caf(too_much_work("waits", waits_max));
  auto asker = sender(); // before the promise, which takes it
  auto promise = self_->make_response_promise<frontier>();
  auto timer = self_->run_delayed(timeout, [this, number = watchers_.next_number()] {
    watchers_.expire(number, own_frontier());
  });
  watchers_.add(promise, asker, mark, who, seq, std::move(timer));
  watch(asker);
  return promise;
}

caf::result<void> book_state::on_report_applied(const std::string& who, event_seq seq) {
  if (seq > machine_.durable_seq())
    return to_caf(
        {ec::invalid_argument, "nobody can have applied what is not durable", {{"field", "seq"}}});
  if (auto valid = check_label("name", who); !valid)
    return to_caf(std::move(valid.error()));
  if (!sender())
    return to_caf(
        {ec::invalid_argument, "an actor says how far it is itself", {{"field", "sender"}}});
  if (!watchers_.report(who, seq, sender()))
    return to_caf({ec::overloaded,
                   "as many apply this book's events as may tell how far they are",
                   {{"what", "applied"}}});
  watch(sender());
  wake_watchers();
  return caf::unit;
}

} // namespace daybook::actors
