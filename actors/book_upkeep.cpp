// What a book has done beside its log: keys spilled to the index, snapshots written, another
// writer's events taken in.

#include "actors/book.hpp"
#include "actors/errors.hpp"
#include "actors/logging.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace daybook::actors {

namespace {

constexpr auto spill_again_after = std::chrono::seconds{1};

} // namespace

/// After every batch. Cheap when there is nothing to do.
void book_state::keep_up() {
  if (!spilling_) {
    spilling_ = machine_.keys_to_spill();
    if (spilling_)
      spill_keys();
  }
  snapshot_when_due();
  wake_watchers();
}

/// The keys stay in memory until the index has them. While it refuses, writing goes on until
/// memory holds as many keys as it may.
void book_state::spill_keys() {
  if (!spilling_ || spill_is_running_ || closing_)
    return;
  spill_is_running_ = true;
  // No timeout: the indexer always answers, and a book that stops waits for it.
  self_
      ->request(neighbours_.indexer, caf::infinite, atom::spill_v,
                spill_job{machine_.id(), spilling_})
      .then(
          [this] {
            spill_is_running_ = false;
            env_->reached(step::spill_answered);
            machine_.forget(*std::exchange(spilling_, nullptr));
            spilling_ = machine_.keys_to_spill();
            spill_keys();
            close_when_idle();
          },
          [this](const caf::error& reason) {
            spill_is_running_ = false;
            logger()->error("book={} event=spill_failed seq={} reason=\"{}\"", book_->name,
                            spilling_->last.value(), to_string(from_caf(reason, ec::io)));
            self_->delayed_send(caf::actor_cast<book_impl>(self_), spill_again_after,
                                atom::spill_v);
            // The log has the keys: a book that stops does not wait for an index that refuses them.
            close_when_idle();
          });
}

void book_state::snapshot_when_due() {
  auto every = env_->options.snapshot_events;
  auto last = std::max(snapshot_, snapshot_tried_);
  if (every != 0 && machine_.durable_seq() >= last.plus(every) && !snapshot_is_running_)
    start_snapshot();
}

/// Whoever follows the book, waits for it or holds something of it is watched.
caf::result<bool, bool> book_state::on_rest(bool may_close) {
  stop_watching_the_idle();
  auto was_used = std::exchange(is_used_, false);
  auto is_asked = std::ranges::any_of(
      std::array{&reads_, &cursor_work_, &cursor_stores_, &loads_, &stores_, &snapshots_},
      [](auto* x) { return x->is_under_way(); });
  auto is_busy = is_asked || !waiting_for_index_.empty() || !is_idle() || fence_ || repeats_ > 0 ||
                 snapshot_is_running_ || spill_is_running_ || refusal_ || is_stopping();
  auto rests = !was_used && !is_busy && watched_.empty();
  if (rests && may_close)
    rest_for_good();
  return {rests, machine_.durable_seq() > snapshot_};
}

caf::result<snapshot_info> book_state::on_snapshot() {
  if (env_->options.read_only)
    return to_caf({ec::read_only, "the book was opened to be read"});
  if (refusal_ && !book_->log)
    return to_caf(*refusal_);
  if (is_stopping())
    return to_caf({ec::overloaded, "the book is stopping: no snapshot was written"});
  if (machine_.durable_seq() == event_seq{})
    return to_caf(
        {ec::invalid_argument, "the book is empty: there is nothing to keep a snapshot of"});
  auto token = snapshots_.take();
  if (!token)
    return to_caf(too_much_work("snapshots", snapshots_.max()));
  auto answer = self_->make_response_promise<snapshot_info>();
  snapshot_asked_.push_back({answer, std::move(token)});
  if (!snapshot_is_running_)
    start_snapshot();
  return answer;
}

/// No other message is looked at until the disk is done: it changes the state that reads are
/// answered from. After a failure half of a batch may be in it, so the book ends.
caf::result<frontier> book_state::on_refresh() {
  if (!env_->options.read_only)
    return on_frontier();
  auto promise = self_->make_response_promise<frontier>();
  self_->request(neighbours_.disk, caf::infinite, atom::refresh_v, refresh_job{book_})
      .await(
          [this, promise]() mutable {
            counters_.epoch = machine_.last_batch().epoch;
            gauges_->set_durable(machine_.durable_seq());
            recent_.skip_to(machine_.durable_seq());
            wake_watchers();
            promise.deliver(on_frontier());
          },
          [this, promise](const caf::error& reason) mutable {
            promise.deliver(reason);
            auto cause = from_caf(reason, ec::io);
            fail_pending(cause, cause);
            self_->quit(reason);
          });
  return promise;
}

/// Made from the log, by somebody else: commits go on. Whoever asks while one is being written gets
/// the next one.
void book_state::start_snapshot() {
  snapshot_is_running_ = true;
  auto end = [this, asked = std::exchange(snapshot_asked_, {})](auto answer) mutable {
    snapshot_is_running_ = false;
    for (auto& request : asked)
      request.promise.deliver(answer);
    if (!snapshot_asked_.empty())
      start_snapshot();
    close_when_idle();
  };
  self_->request(neighbours_.keeper, caf::infinite, atom::snapshot_v, snapshot_job{here()})
      .then(
          [this, end](const snapshot_info& info) mutable {
            snapshot_ = info.seq;
            logger()->info("book={} event=snapshot seq={} bytes={}", book_->name, info.seq.value(),
                           info.bytes);
            // A snapshot saves reading the log only as far as the index has the keys.
            machine_.spill_all_keys();
            keep_up();
            end(info);
          },
          [this, end](const caf::error& reason) mutable {
            // The next attempt is as far away as the last one was: a disk in trouble is left alone.
            snapshot_tried_ = machine_.durable_seq();
            logger()->error("book={} event=snapshot_failed reason=\"{}\"", book_->name,
                            to_string(from_caf(reason, ec::io)));
            end(reason);
          });
}

} // namespace daybook::actors
