// What a supervisor does when a book fails.

#include "actors/errors.hpp"
#include "actors/logging.hpp"
#include "actors/node_metrics.hpp"
#include "actors/supervisor.hpp"
#include "base/names.hpp"
#include "log/space_probe.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace daybook::actors {

namespace {

/// Between two looks for space on a full disk.
constexpr caf::timespan probe_first = std::chrono::seconds{1};
constexpr caf::timespan probe_longest = std::chrono::seconds{30};

/// Why an actor ended, as an error of ours.
error why(const caf::error& reason) {
  if (reason.category() == caf::type_id_v<ec>)
    return from_caf(reason, ec::internal);
  if (reason == caf::sec::runtime_error)
    return {ec::internal,
            "the book ended over an exception: " + caf::to_string(reason.context()),
            {{"what", "exception"}}};
  if (reason == caf::exit_reason::kill)
    return {ec::internal, "the book was killed", {{"what", "kill"}}};
  return {ec::internal, "the book ended: " + caf::to_string(reason), {{"what", "exit"}}};
}

} // namespace

void supervisor_state::on_down(const caf::down_msg& down) {
  if (news_.on_down(down.source))
    return;
  auto ended = std::ranges::find_if(
      books_, [&down](auto& known) { return known.second.running == down.source; });
  if (ended != books_.end())
    on_book_down(ended->first, ended->second, down.reason);
  else if (workers_ending_ > 0 && --workers_ending_ == 0)
    end();
}

/// The book's state, its log and its lock are gone when this comes, but for a job that its disk may
/// still be at: it may be opened again.
void supervisor_state::on_book_down(const std::string& book, entry& ended,
                                    const caf::error& reason) {
  ended.running = nullptr;
  --open_books_;
  ended.ends_to_rest = ended.is_saving = ended.has_news = false;
  ended.unused_since.reset();
  ended.timer.dispose();
  auto stopping = std::exchange(ended.stopping, {});
  auto in_order = reason == caf::exit_reason::user_shutdown;
  for (auto& waiting : stopping)
    in_order ? waiting.deliver() : waiting.deliver(reason);
  if (in_order)
    return on_closed(book, ended);
  auto restarts = std::exchange(ended.ends_to_restart, false);
  ended.is_down = stopping.empty() || restarts;
  on_failed(book, ended, why(reason));
}

void supervisor_state::on_closed(const std::string& book, entry& ended) {
  logger()->info("book={} event=closed", book);
  if (ended.is_leaving && stopping_.empty())
    return on_closed_to_leave(book, ended);
  tell(book, ended, supervision::stopped);
  if (!is_failed(ended))
    ended.refusal.reset();
  ended.probes = 0;
  ended.is_down = std::exchange(ended.ends_to_restart, false) && stopping_.empty();
  if (!stopping_.empty() || ended.opening.empty())
    refuse_waiting(ended, was_stopped(book));
  else
    recover_again(book);
  stop_workers_when_idle();
}

/// It ended, or could not be opened again.
void supervisor_state::on_failed(const std::string& book, entry& failed, const error& reason) {
  logger()->error("book={} event=failed reason=\"{}\"", book, to_string(reason));
  note_failure(failed, reason);
  tell(book, failed, supervision::failed, failed.last_failure);
  if (std::exchange(failed.is_leaving, false)) {
    failed.is_down = true;
    failed.leaving.deliver(to_caf(reason));
  }
  auto is_wanted = failed.is_down && stopping_.empty();
  if (is_wanted && !is_failed(failed))
    return log::is_no_space(reason) ? wait_for_space(book, failed, reason)
                                    : try_again(book, failed, reason);
  failed.is_down = false;
  let_rest(failed);
  if (is_wanted || failed.opening.empty() || !stopping_.empty())
    refuse_waiting(failed, is_failed(failed) ? *failed.refusal : reason);
  else
    recover_again(book);
  stop_workers_when_idle();
}

void supervisor_state::note_failure(entry& failed, const error& reason) {
  env_->metrics->on_failure();
  failed.last_failure = to_string(reason);
  failed.failed_at = env_->time->now();
}

void supervisor_state::try_again(const std::string& book, entry& failed, const error& reason) {
  auto now = self_->clock().now();
  auto delay = failed.history.next(policy_of(book), now, *env_->random);
  if (!delay)
    return give_up(book, failed, reason);
  logger()->warn("book={} event=restarting restarts={} delay_us={}", book, failed.restarts,
                 std::chrono::duration_cast<std::chrono::microseconds>(*delay).count());
  tell(book, failed, supervision::restarting, failed.last_failure, *delay);
  try_after(book, failed, *delay);
}

/// Whoever waits to have it opened is told when to come back; whoever follows it waits.
void supervisor_state::try_after(const std::string& book, entry& failed, caf::timespan delay) {
  if (delay == caf::timespan{0})
    return recover_again(book);
  failed.next_try = self_->clock().now() + delay;
  failed.timer = self_->run_delayed(delay, [this, book] {
    books_[book].next_try.reset();
    recover_again(book);
  });
  auto reason = to_caf(restarting(failed));
  for (auto& waiting : std::exchange(failed.opening, {}))
    waiting.deliver(reason);
}

/// What is durable can still be read, if anything can.
void supervisor_state::give_up(const std::string& book, entry& failed, const error& reason) {
  failed.refusal = error{ec::failed,
                         "the book failed and has no restarts left (" + reason.message() +
                             "): nothing was accepted; remove the cause and restart the book",
                         {{"what", book}, {"reason", to_string(reason)}}};
  logger()->error("book={} event=gave_up restarts={} reason=\"{}\"", book, failed.restarts,
                  failed.last_failure);
  tell(book, failed, supervision::gave_up, failed.last_failure);
  for (auto& waiting : std::exchange(failed.awaiting, {}))
    waiting.deliver(to_caf(*failed.refusal));
  recover_again(book);
}

/// It runs, as somebody who writes or not.
void supervisor_state::on_running(const std::string& book, entry& started) {
  auto comes_back = std::exchange(started.is_down, false);
  auto for_good = is_failed(started);
  if (comes_back && !for_good) {
    ++started.restarts;
    env_->metrics->on_restart();
    logger()->info("book={} event=restarted epoch={} restarts={}", book, started.epoch.value(),
                   started.restarts);
  }
  if (!for_good)
    tell(book, started, comes_back ? supervision::restarted : supervision::started);
  for (auto& waiting : std::exchange(started.awaiting, {}))
    for_good ? waiting.deliver(to_caf(*started.refusal)) : waiting.deliver(started.running);
  if (started.refusal && !for_good)
    probe_later(book, started);
}

// -- a full disk --------------------------------------------------------------------------------

/// Opened again to be read: a full disk is no fault of the book, and no restart is spent on it. One
/// that does not even open has to wait.
void supervisor_state::wait_for_space(const std::string& book, entry& failed, const error& reason) {
  failed.refusal = error{ec::no_space,
                         "the disk is full: nothing was accepted; free space, and send again",
                         {{"what", book}, {"reason", to_string(reason)}}};
  logger()->error("book={} event=no_space reason=\"{}\"", book, failed.last_failure);
  tell(book, failed, supervision::no_space, failed.last_failure);
  // A disk that is full again at once is looked at less and less.
  if (self_->clock().now() - failed.resumed_at > 2 * probe_longest)
    failed.probes = 0;
  auto tries = failed.probes++;
  try_after(book, failed,
            tries == 0 ? caf::timespan{0}
                       : backoff_delay(probe_first, probe_longest, tries, *env_->random));
}

void supervisor_state::probe_later(const std::string& book, entry& full) {
  full.timer =
      self_->run_delayed(backoff_delay(probe_first, probe_longest,
                                       std::max<std::size_t>(full.probes, 1), *env_->random),
                         [this, book] { probe(book); });
  ++full.probes;
}

void supervisor_state::probe(const std::string& book) {
  auto still_full = [this, book, asked = books_[book].running](auto then) {
    auto& entry = books_[book];
    if (entry.running && entry.running == asked && entry.refusal && !is_failed(entry))
      then(entry);
  };
  // No timeout: a disk always answers.
  self_
      ->request(neighbours_of(book).disk, caf::infinite, atom::probe_v,
                probe_job{env_->directory->book_directory(book)})
      .then([=, this] { still_full([&](entry& x) { on_space(book, x); }); },
            [=, this](const caf::error&) { still_full([&](entry& x) { probe_later(book, x); }); });
}

void supervisor_state::on_space(const std::string& book, entry& full) {
  full.refusal.reset();
  full.resumed_at = self_->clock().now();
  logger()->info("book={} event=resumed", book);
  tell(book, full, supervision::resumed);
  self_->request(caf::actor_cast<book_impl>(full.running), caf::infinite, atom::resume_v)
      .then([] {}, [](const caf::error&) { /* it has ended: that is noticed */ });
}

// -- by hand ------------------------------------------------------------------------------------

caf::result<book_actor> supervisor_state::on_restart(const std::string& book) {
  if (auto refused = is_elsewhere(book))
    return to_caf(std::move(*refused));
  auto known = books_.find(book);
  if (known == books_.end() || !known->second.on_disk)
    return to_caf({ec::not_found, "there is no book '" + printable(book) + "'", {{"what", book}}});
  if (!stopping_.empty())
    return to_caf(is_stopping());
  auto& entry = known->second;
  if (entry.opening.size() >= waiting_max)
    return to_caf(too_many_wait(book));
  if (entry.is_leaving)
    return to_caf(is_in_doubt(book));
  forgive(entry);
  entry.opening.push_back(self_->make_response_promise<book_actor>());
  auto answer = entry.opening.back();
  if (entry.running && entry.stopping.empty() && !std::exchange(entry.ends_to_restart, true))
    stop(entry.running);
  else if (!entry.running && !entry.recovering) {
    entry.is_down = true;
    recover_again(book);
  }
  return answer;
}

void supervisor_state::forgive(entry& x) {
  x.history.clear();
  x.refusal.reset();
  x.timer.dispose();
  x.next_try.reset();
  x.probes = 0;
  x.failed_openings = 0;
  x.rests_until = {};
}

/// What failed for good and cannot be read either is not read from end to end for everybody who
/// asks for it.
void supervisor_state::let_rest(entry& failed) {
  if (is_failed(failed))
    failed.rests_until =
        self_->clock().now() +
        backoff_delay(probe_first, probe_longest, ++failed.failed_openings, *env_->random);
}

bool supervisor_state::is_resting(const entry& x) const {
  return is_failed(x) && !x.running && !x.recovering && self_->clock().now() < x.rests_until;
}

/// It is not running and will not be, unless it is asked for again.
void supervisor_state::stop_trying(const std::string& book, entry& x) {
  if (x.recovering)
    return;
  x.timer.dispose();
  x.next_try.reset();
  x.is_down = false;
  refuse_waiting(x, was_stopped(book));
}

// -- words --------------------------------------------------------------------------------------

const restart_policy& supervisor_state::policy_of(const std::string& book) const {
  auto& options = env_->options;
  auto own = options.book_restarts.find(book);
  return own == options.book_restarts.end() ? options.restarts : own->second;
}

error supervisor_state::restarting(const entry& x) const {
  auto left = std::max(*x.next_try - self_->clock().now(), restart_history::time_point::duration{});
  auto us = std::chrono::ceil<std::chrono::microseconds>(left).count();
  if (x.refusal)
    return error{*x.refusal}.with("retry_after_us", std::to_string(us));
  return {ec::restarting,
          "the book failed and is opened again a little later: nothing was accepted, send again",
          {{"retry_after_us", std::to_string(us)}, {"reason", x.last_failure}}};
}

error supervisor_state::is_stopping() {
  return {ec::overloaded, "the node is stopping: no book is opened any more"};
}

error supervisor_state::is_ending_node() const {
  auto& node = env_->options.cluster->node;
  return {ec::unavailable,
          "the node '" + node + "' is stopping: the book is there when it is back",
          {{"node", node}}};
}

error supervisor_state::was_stopped(const std::string& book) {
  return {ec::not_found,
          "the book was stopped: it is opened again when it is asked for",
          {{"what", book}}};
}

error supervisor_state::too_many_wait(const std::string& book) {
  return {ec::overloaded,
          "too many wait for the book: ask again when it is there",
          {{"what", book}, {"limit", std::to_string(waiting_max)}}};
}

void supervisor_state::refuse_waiting(entry& x, const error& reason) {
  auto refusal = to_caf(reason);
  for (auto* all : {&x.opening, &x.awaiting})
    for (auto& waiting : std::exchange(*all, {}))
      waiting.deliver(refusal);
}

void supervisor_state::tell(const std::string& book, const entry& of, supervision what,
                            std::string reason, caf::timespan delay) {
  supervision_event x;
  x.book = book;
  x.what = what;
  x.epoch = of.epoch;
  x.restarts = of.restarts;
  x.reason = std::move(reason);
  x.delay = delay;
  x.at = env_->time->now();
  news_.tell(std::move(x));
}

book_phase supervisor_state::phase_of(const entry& x) {
  if (x.refusal)
    return is_failed(x) ? book_phase::failed : book_phase::no_space;
  if (x.running)
    return book_phase::running;
  if (x.is_down)
    return book_phase::restarting;
  return x.recovering ? book_phase::opening : book_phase::closed;
}

} // namespace daybook::actors
