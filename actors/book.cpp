#include "actors/book.hpp"

#include "actors/errors.hpp"
#include "actors/logging.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <utility>

namespace daybook::actors {

namespace {

/// Answers that may wait, for each event that may: two batches, and as many refusals again.
constexpr std::size_t answers_per_event = 4;

} // namespace

book_state::book_state(book_impl::pointer self, std::shared_ptr<const environment> env,
                       book_neighbours neighbours, std::shared_ptr<recovered_book> book)
    : self_(self),
      env_(std::move(env)),
      neighbours_(std::move(neighbours)),
      book_(std::move(book)),
      machine_(book_->machine),
      chart_(machine_.chart_of_accounts()),
      staging_(std::make_shared<batch_buffer>()) {
  counters_.name = book_->name;
  counters_.id = machine_.id();
  counters_.epoch = machine_.epoch();
  self_->set_exit_handler([this](const caf::exit_msg& x) {
    fail_pending({ec::outcome_unknown, "the book was stopped: retry with the same key"});
    self_->quit(x.reason);
  });
}

book_impl::behavior_type book_state::make_behavior() {
  return {
      [this](atom::commit, const ledger::transaction& x) { return on_write(x); },
      [this](atom::commit, const ledger::asset_definition& x) { return on_write(x); },
      [this](atom::commit, const ledger::account_definition& x) { return on_write(x); },
      [this](atom::commit, const std::vector<ledger::command>& xs) { return on_write_many(xs); },
      [this](atom::balance, const std::string& path) { return on_balance(path); },
      [this](atom::accounts, const accounts_query& query) { return on_accounts(query); },
      [this](atom::assets) { return on_assets(); },
      [this](atom::trial_balance) { return on_trial_balance(); },
      [this](atom::events, const events_query& query) { return on_events(query); },
      [this](atom::history, const history_query& query) { return on_history(query); },
      [this](atom::status) { return on_status(); },
      [this](atom::stop) { return on_stop(); },
      [this](atom::flush) { on_flush(); },
  };
}

// -- a commit, in order -------------------------------------------------------------------------

template <class T>
caf::result<ledger::receipt> book_state::on_write(const T& x) {
  if (auto refused = admit(1))
    return to_caf(std::move(*refused));
  return answer_when_durable<ledger::receipt>(stage(x));
}

caf::result<std::vector<outcome>>
book_state::on_write_many(const std::vector<ledger::command>& xs) {
  if (auto refused = admit(xs.size()))
    return to_caf(std::move(*refused));
  std::vector<verdict> verdicts;
  verdicts.reserve(xs.size());
  for (auto& x : xs)
    verdicts.push_back(stage(x));
  return answer_when_durable<std::vector<outcome>>(std::move(verdicts));
}

/// Turns a message away before any of it is looked at: the mailbox of an actor has no bound of its
/// own, so what is accepted and not yet durable has one [I12].
std::optional<error> book_state::admit(std::size_t items) {
  auto& options = env_->options;
  if (items > options.bounds.message_items_max)
    return error{ec::limit_exceeded,
                 "too many writes in one message: split it",
                 {{"what", "message_items"},
                  {"limit", std::to_string(options.bounds.message_items_max)},
                  {"would_be", std::to_string(items)}}};
  if (!stopping_.empty()) {
    ++counters_.overloaded;
    return error{ec::overloaded, "the book is stopping: nothing was accepted"};
  }
  auto& bounds = options.batch;
  auto staged = machine_.staged_events();
  if (staged > 0 && staged + items > bounds.events_max)
    return overloaded("events", bounds.events_max);
  if (staging_->payload.size() >= bounds.bytes_max)
    return overloaded("bytes", bounds.bytes_max);
  // Refusals and repeats stage nothing, and wait all the same.
  auto waiting = staging_replies_.items() + in_flight_replies_.items();
  if (waiting > 0 && waiting + items > answers_per_event * bounds.events_max)
    return overloaded("answers", answers_per_event * bounds.events_max);
  return std::nullopt;
}

error book_state::overloaded(const char* what, std::size_t limit) {
  ++counters_.overloaded;
  return {ec::overloaded,
          "the book has as much waiting for the disk as it may hold: nothing was accepted, send "
          "again when earlier writes are answered",
          {{"what", what}, {"limit", std::to_string(limit)}}};
}

template <class T>
verdict book_state::stage(const T& x) {
  if (staging_->payload.size() >= env_->options.batch.bytes_max)
    return verdict{fail(overloaded("bytes", env_->options.batch.bytes_max))};
  auto staged = machine_.stage(x);
  if (staged && staged->to_append) {
    scratch_.clear();
    protocol::encode(*staged->to_append, scratch_);
    log::append_event(staging_->payload, scratch_);
  }
  return verdict{std::move(staged)};
}

/// The answer waits for the last write accepted so far, whether the batch that holds it is being
/// staged or on the disk; when there is none, everything it can rest on is durable.
template <class Reply, class Decided>
caf::result<Reply> book_state::answer_when_durable(Decided decided) {
  auto promise = self_->make_response_promise<Reply>();
  if (machine_.staged_events() > 0) {
    staging_replies_.add(promise, std::move(decided));
    flush_soon();
  } else {
    in_flight_replies_.add(promise, std::move(decided));
    if (!in_flight_)
      in_flight_replies_.release(machine_);
  }
  return promise;
}

/// A message to itself is behind all requests that wait in the mailbox now, so that they share the
/// batch. While the disk is busy there is no need: the end of that batch starts the next one.
void book_state::flush_soon() {
  if (in_flight_ || flush_is_on_its_way_)
    return;
  flush_is_on_its_way_ = true;
  self_->send(caf::actor_cast<book_impl>(self_), atom::flush_v);
}

void book_state::on_flush() {
  flush_is_on_its_way_ = false;
  if (!in_flight_ && machine_.staged_events() > 0)
    submit();
}

/// Nothing of the batch has left the book here, and nothing will before `on_appended` [I1].
void book_state::submit() {
  auto sealed = machine_.seal(env_->time->now());
  staging_->first_seq = sealed.first_seq;
  staging_->events = static_cast<std::uint32_t>(sealed.events);
  staging_->committed_at = sealed.committed_at;
  in_flight_ = std::exchange(staging_, next_buffer());
  std::swap(in_flight_replies_, staging_replies_);
  // No timeout: giving up on a write that may yet reach the disk would be guessing its outcome.
  self_->request(neighbours_.disk, caf::infinite, atom::append_v, append_job{book_, in_flight_})
      .then([this](const appended& x) { on_appended(x); },
            [this](const caf::error& reason) { on_append_failed(reason); });
}

void book_state::on_appended(const appended& x) {
  machine_.mark_durable(x.chain);
  ++counters_.batches;
  counters_.syncs += x.syncs;
  counters_.events += in_flight_->events;
  counters_.bytes += x.bytes;
  spare_ = std::move(in_flight_);
  in_flight_replies_.release(machine_);
  if (machine_.staged_events() > 0)
    submit();
  else
    close_when_idle();
}

/// The batch may or may not be on disk, and the state in memory is ahead of what is known to be
/// there: this incarnation must end [I2].
void book_state::on_append_failed(const caf::error& reason) {
  auto cause = from_caf(reason, ec::io);
  logger()->error("book={} event=append_failed seq={} reason=\"{}\"", book_->name,
                  in_flight_->first_seq.value(), to_string(cause));
  fail_pending({ec::outcome_unknown,
                "the batch could not be written (" + cause.message() +
                    "): it may or may not be durable; retry with the same key",
                cause.fields()});
  for (auto& waiting : stopping_)
    waiting.deliver(to_caf(cause));
  self_->quit(to_caf(cause));
}

std::shared_ptr<batch_buffer> book_state::next_buffer() {
  if (!spare_ || spare_.use_count() > 1)
    return std::make_shared<batch_buffer>();
  spare_->payload.clear();
  return std::move(spare_);
}

// -- ending -------------------------------------------------------------------------------------

caf::result<void> book_state::on_stop() {
  stopping_.push_back(self_->make_response_promise<void>());
  auto answer = stopping_.back();
  if (!in_flight_ && machine_.staged_events() == 0)
    close_when_idle();
  return answer;
}

void book_state::close_when_idle() {
  if (stopping_.empty() || std::exchange(closing_, true))
    return;
  auto end = [this](caf::error reason) {
    for (auto& waiting : stopping_)
      reason ? waiting.deliver(reason) : waiting.deliver();
    self_->quit(caf::exit_reason::user_shutdown);
  };
  // No timeout: the disk answers every job, and the log must not be open when the book is gone.
  self_->request(neighbours_.disk, caf::infinite, atom::close_v, close_job{book_})
      .then([end] { end({}); }, [end](const caf::error& reason) { end(reason); });
}

void book_state::fail_pending(const error& reason) {
  in_flight_replies_.fail(reason);
  staging_replies_.fail(reason);
}

} // namespace daybook::actors
