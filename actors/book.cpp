#include "actors/book.hpp"

#include "actors/book_facts.hpp"
#include "actors/errors.hpp"
#include "actors/guarded.hpp"
#include "actors/logging.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <utility>

namespace daybook::actors {

namespace {

error outcome_is_unknown(const std::string& what) {
  return {ec::outcome_unknown,
          what + ": the write may or may not be durable; retry with the same key"};
}

/// For what has not gone to the disk, and is forgotten with this incarnation.
error is_restarting() {
  return {ec::restarting, "the book is being restarted: nothing was accepted, send again"};
}

ledger::write as_write(const ledger::command& x) {
  ledger::write plain;
  plain.what = x;
  return plain;
}

ledger::write as_write(const ledger::write& x) { return x; }

} // namespace

book_state::book_state(book_impl::pointer self, std::shared_ptr<const environment> env,
                       book_neighbours neighbours, std::shared_ptr<recovered_book> book,
                       std::optional<error> refusal)
    : self_(self),
      env_(std::move(env)),
      neighbours_(std::move(neighbours)),
      book_(std::move(book)),
      machine_(book_->machine),
      chart_(machine_.chart_of_accounts()),
      staging_(std::make_shared<batch_buffer>()),
      recent_(machine_.durable_seq(), env_->options.recent_bytes_max),
      has_index_(env_->index != nullptr),
      snapshot_(book_->snapshot),
      refusal_(std::move(refusal)),
      gauges_(env_->metrics->add_book()) {
  gauges_->set_durable(machine_.durable_seq());
  counters_.name = book_->name;
  counters_.id = machine_.id();
  counters_.epoch = machine_.epoch();
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  self_->set_exit_handler([this](const caf::exit_msg& x) { on_exit(x.reason); });
  self_->set_exception_handler([this](std::exception_ptr& thrown) { return on_exception(thrown); });
}

book_impl::behavior_type book_state::make_behavior() {
  using namespace ledger;
  using outcomes = std::vector<outcome>;
  return {
      // writing
      [this](atom::commit, transaction& x) { return on_write<receipt, command>(x); },
      [this](atom::commit, asset_definition& x) { return on_write<receipt, command>(x); },
      [this](atom::commit, account_definition& x) { return on_write<receipt, command>(x); },
      [this](atom::commit, std::vector<command>& x) {
        return on_write<outcomes, std::vector<command>>(x);
      },
      [this](atom::commit, ledger::write& x) { return on_write<receipt, ledger::write>(x); },
      [this](atom::commit, write_batch& x) { return on_write<outcomes, write_batch>(x); },
      [this](atom::rehearse, write_batch& x) { return on_rehearse(x); },
      [this](atom::begin_fence, const fence_options& x) { return on_begin_fence(x); },
      [this](atom::submit, fence_id id, write_batch& x) { return on_fence_submit(id, x); },
      [this](atom::commit_fence, fence_id id) { return on_commit_fence(id); },
      [this](atom::cancel_fence, fence_id id) { return on_cancel_fence(id); },
      // reading
      [this](atom::balance, const std::string& path) { return used().on_balance(path); },
      [this](atom::balance, const std::string& path, const moment& at) {
        return used().on_balance_at(path, at);
      },
      [this](atom::balance, const std::vector<std::string>& paths) {
        return used().on_balances(paths);
      },
      [this](atom::accounts, const accounts_query& x) { return used().on_accounts(x); },
      [this](atom::assets) { return used().on_assets(); },
      [this](atom::trial_balance) { return used().on_trial_balance(); },
      [this](atom::trial_balance, const moment& at) { return used().on_trial_balance_at(at); },
      [this](atom::events, const events_query& x) { return used().on_events(x); },
      [this](atom::history, const history_query& x) { return used().on_history(x); },
      [this](atom::transaction, const transaction_id& id) { return used().on_transaction(id); },
      [this](atom::transaction, const std::string& key) {
        return used().on_transaction_by_key(key);
      },
      [this](atom::ancestors, const transaction_id& id, std::uint32_t limit) {
        return used().on_ancestors(id, limit);
      },
      [this](atom::status) { return on_status(); },
      [this](atom::pressure) { return on_pressure(); },
      // following
      [this](atom::subscribe, const subscriber_actor& who, subscription& wanted) {
        return used().on_subscribe(who, wanted);
      },
      [this](atom::open_cursor, const cursor_request& x) { return used().on_open_cursor(x); },
      [this](atom::store_cursor, const std::string& x, event_seq seq) {
        return used().on_store_cursor(x, seq);
      },
      [this](atom::close_cursor, const std::string& x) { return used().on_close_cursor(x); },
      [this](atom::remove_cursor, const std::string& x) { return used().on_remove_cursor(x); },
      [this](atom::cursors) { return used().on_cursors(); },
      [this](atom::load_checkpoint, const std::string& x) { return used().on_load_checkpoint(x); },
      [this](atom::store_checkpoint, checkpoint& x) { return used().on_store_checkpoint(x); },
      [this](atom::frontier) { return used().on_frontier(); },
      [this](atom::wait_for, watermark mark, const std::string& who, event_seq seq,
             caf::timespan timeout) { return used().on_wait_for(mark, who, seq, timeout); },
      [this](atom::report_applied, const std::string& who, event_seq seq) {
        return used().on_report_applied(who, seq);
      },
      // running
      [this](atom::snapshot) { return on_snapshot(); },
      [this](atom::refresh) { return on_refresh(); },
      [this](atom::stop) { return on_stop(); },
      // the feed
      [this](atom::tail, event_seq from) { return on_tail(from); },
      [this](atom::indexed, event_seq seq) { on_indexed(seq); },
      [this](atom::attach) { return on_attach(); },
      // from the supervisor
      [this](atom::resume) { refusal_.reset(); },
      [this](atom::rest, bool may_close) { return on_rest(may_close); },
      // to itself
      [this](atom::flush) { on_flush(); },
      [this](atom::spill) { spill_keys(); },
  };
}

// -- a commit, in order -------------------------------------------------------------------------

template <class Reply, class Content, class Message>
caf::result<Reply> book_state::on_write(Message& x) {
  Content content{std::move(x)};
  if (fence_)
    return to_caf(fence_is_active());
  if (auto refused = admit(detail::items_of(content))) {
    env_->metrics->count(outcome_of(*refused), detail::items_of(content));
    return to_caf(std::move(*refused));
  }
  auto promise = self_->make_response_promise<Reply>();
  process(std::move(content), promise);
  return promise;
}

/// Turns a message away before any of it is looked at: the mailbox of an actor has no bound of its
/// own, so what is accepted and not yet durable has one [I12].
std::optional<error> book_state::admit(std::size_t items) {
  used();
  auto& options = env_->options;
  if (options.read_only)
    return error{ec::read_only,
                 "the book was opened to be read: write through the node that has it open"};
  if (items > options.bounds.message_items_max)
    return error{ec::limit_exceeded,
                 "too many writes in one message: split it",
                 {{"what", "message_items"},
                  {"limit", std::to_string(options.bounds.message_items_max)},
                  {"would_be", std::to_string(items)}}};
  if (is_stopping())
    return is_ending();
  auto& bounds = options.batch;
  auto staged = machine_.staged_events() + queue_.items();
  if (staged > 0 && staged + items > bounds.events_max)
    return overloaded("events", bounds.events_max);
  if (staging_->payload.size() >= bounds.bytes_max)
    return overloaded("bytes", bounds.bytes_max);
  // Refusals and repeats stage nothing, and wait all the same.
  auto waiting = waiting_answers();
  if (waiting > 0 && waiting + items > answers_per_event * bounds.events_max)
    return overloaded("answers", answers_per_event * bounds.events_max);
  return std::nullopt;
}

error book_state::overloaded(const char* what, std::size_t limit) {
  if (is_fenced())
    return {ec::limit_exceeded,
            "behind the fence is as much as one batch of the log may hold: commit it, and begin "
            "another one",
            {{"what", what}, {"limit", std::to_string(limit)}}};
  ++counters_.overloaded;
  return {ec::overloaded,
          "the book has as much waiting for the disk as it may hold: nothing was accepted, send "
          "again when earlier writes are answered",
          {{"what", what}, {"limit", std::to_string(limit)}}};
}

void book_state::judge(const ledger::command& x, const single_promise& promise,
                       const ledger::facts& known) {
  answer_when_durable(promise, verdict{stage(x, known)});
}

void book_state::judge(const ledger::write& x, const single_promise& promise,
                       const ledger::facts& known) {
  answer_when_durable(promise, verdict{stage(x, known)});
}

void book_state::judge(const std::vector<ledger::command>& xs, const many_promise& promise,
                       const ledger::facts& known) {
  std::vector<verdict> verdicts;
  verdicts.reserve(xs.size());
  machine_.each_of_message(xs, [&](auto& x) { verdicts.emplace_back(stage(x, known)); });
  answer_when_durable(reply_promise{promise}, std::move(verdicts));
}

void book_state::judge(const write_batch& x, const many_promise& promise,
                       const ledger::facts& known) {
  std::vector<verdict> verdicts;
  verdicts.reserve(x.items.size());
  if (x.atomic) {
    auto staged = stage_all(x, known);
    if (!staged)
      return answer_when_durable(reply_promise{promise}, std::move(staged.error()));
    for (auto& one : *staged)
      verdicts.emplace_back(result<ledger::staged>{one});
  } else {
    machine_.each_of_message(x.items,
                             [&](auto& item) { verdicts.emplace_back(stage(item, known)); });
  }
  answer_when_durable(reply_promise{promise}, std::move(verdicts));
}

template <class T>
result<ledger::staged> book_state::stage(const T& x, const ledger::facts& known) {
  if (refusal_) {
    auto repeat = find_repeats({as_write(x)}, false, known);
    if (!repeat)
      return fail(std::move(repeat.error()));
    return repeat->front();
  }
  if (staging_->payload.size() >= env_->options.batch.bytes_max)
    return fail(overloaded("bytes", env_->options.batch.bytes_max));
  auto staged = machine_.stage(x, known);
  if (staged && staged->to_append)
    append(*staged->to_append, staged->joined);
  return staged;
}

/// All or nothing: the events of a refused batch leave the staged bytes as they leave the machine.
result<std::vector<ledger::staged>> book_state::stage_all(const write_batch& x,
                                                          const ledger::facts& known) {
  if (refusal_)
    return find_repeats(x.items, true, known);
  extent before{machine_.staged_events(), staging_->payload.size()};
  machine_.open_unit();
  auto staged = machine_.stage_all(x.items, known,
                                   [this](auto& event, bool joined) { append(event, joined); });
  extent added{machine_.staged_events() - before.events, staging_->payload.size() - before.bytes};
  if (auto refused = check_fits_batch(added, before); staged && refused)
    staged = fail(std::move(*refused));
  if (staged) {
    machine_.close_unit();
  } else {
    machine_.undo_unit();
    staging_->payload.resize(before.bytes);
  }
  return staged;
}

/// All of them were written before, or the answer is the refusal.
result<std::vector<ledger::staged>>
book_state::find_repeats(const std::vector<ledger::write>& items, bool atomic,
                         const ledger::facts& known) const {
  std::vector<ledger::staged> repeats;
  for (auto& found : machine_.rehearse(items, atomic, known)) {
    if (!found)
      return fail(std::move(found.error()));
    if (!found->deduplicated)
      return fail(*refusal_);
    repeats.push_back({.seq = found->seq, .deduplicated = true});
  }
  return repeats;
}

/// What refuses an atomic batch of that size behind what is staged. One that would not fit alone is
/// refused for good; else there is room again when what is staged is on the disk.
std::optional<error> book_state::check_fits_batch(extent added, extent staged) {
  auto& bounds = env_->options.batch;
  auto refuse = [this](const char* what, std::size_t size, std::size_t limit) {
    if (size <= limit)
      return overloaded(what, limit);
    return error{ec::limit_exceeded,
                 "the atomic batch is larger than a batch of the log may be: split it",
                 {{"what", what}, {"limit", std::to_string(limit)}}};
  };
  if (added.events == 0)
    return std::nullopt;
  if (staged.events + added.events > bounds.events_max)
    return refuse("events", added.events, bounds.events_max);
  if (staged.bytes + added.bytes > bounds.bytes_max)
    return refuse("bytes", added.bytes, bounds.bytes_max);
  return std::nullopt;
}

void book_state::append(const ledger::event& x, bool joined) {
  scratch_.clear();
  protocol::encode(x, joined, scratch_);
  log::append_event(staging_->payload, scratch_);
}

/// The answer waits for the last write accepted so far, whether the batch that holds it is being
/// staged or on the disk; when there is none, everything it can rest on is durable.
template <class... Answer>
void book_state::answer_when_durable(Answer... answer) {
  if (machine_.staged_events() > 0) {
    if (staging_replies_.items() == 0)
      staging_since_ = std::chrono::steady_clock::now();
    staging_replies_.add(std::move(answer)...);
    flush_soon();
  } else {
    in_flight_replies_.add(std::move(answer)...);
    if (!in_flight_)
      release(in_flight_replies_);
  }
  show_queue();
  wake_watchers();
}

// For rehearsals (book_fence.cpp).
template void book_state::answer_when_durable(reply_promise, std::vector<verdict>, counted);
template void book_state::answer_when_durable(reply_promise, error, counted);

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
  if (!in_flight_ && machine_.staged_events() > 0 && !is_fenced())
    submit();
}

/// Nothing of the batch has left the book here, and nothing will before `on_appended` [I1].
void book_state::submit() {
  // The log is closed, or about to be: whoever wrote would be told that nothing was accepted.
  DAYBOOK_INVARIANT(!closing_);
  auto sealed = machine_.seal(env_->time->now());
  staging_->info = {sealed.first_seq, machine_.epoch(), sealed.committed_at, {}};
  staging_->events = static_cast<std::uint32_t>(sealed.events);
  in_flight_ = std::exchange(staging_, next_buffer());
  std::swap(in_flight_replies_, staging_replies_);
  in_flight_since_ = staging_since_;
  gauges_->set_in_flight(in_flight_->events);
  show_queue();
  wake_watchers();
  // No timeout: giving up on a write that may yet reach the disk would be guessing its outcome.
  self_->request(neighbours_.disk, caf::infinite, atom::append_v, append_job{book_, in_flight_})
      .then([this](const appended& x) { on_appended(x); },
            [this](const caf::error& reason) { on_append_failed(reason); });
}

void book_state::on_appended(const appended& x) {
  env_->reached(step::batch_durable);
  machine_.mark_durable(x.chain);
  ++counters_.batches;
  counters_.syncs += x.syncs;
  counters_.events += in_flight_->events;
  counters_.bytes += x.bytes;
  env_->metrics->on_batch(in_flight_->events, x.bytes, x.syncs,
                          std::chrono::steady_clock::now() - in_flight_since_);
  in_flight_->info.chain = x.chain;
  auto batch = std::move(in_flight_);
  gauges_->set_durable(machine_.durable_seq());
  gauges_->set_in_flight(0);
  release(in_flight_replies_);
  if (auto spare = recent_.publish(std::move(batch)))
    spare_ = std::move(spare);
  keep_up();
  if (machine_.staged_events() > 0 && !is_fenced())
    submit();
  open_fence_when_idle();
  close_when_idle();
}

/// The batch may or may not be on disk, and the state in memory is ahead of what is known to be
/// there: this incarnation must end [I2].
void book_state::on_append_failed(const caf::error& reason) {
  auto cause = from_caf(reason, ec::io);
  logger()->error("book={} event=append_failed seq={} reason=\"{}\"", book_->name,
                  in_flight_->info.first_seq.value(), to_string(cause));
  fail_pending({ec::outcome_unknown,
                "the batch could not be written (" + cause.message() +
                    "): it may or may not be durable; retry with the same key",
                cause.fields()},
               is_restarting());
  for (auto& waiting : stopping_)
    waiting.deliver(to_caf(cause));
  self_->quit(to_caf(cause));
}

/// Everything the answers rest on is durable. Those that repeat an older one have to be looked up.
void book_state::release(pending_replies& replies) {
  env_->metrics->count(replies.outcomes());
  for (auto& incomplete : replies.release(machine_))
    fetch_first_receipts(std::move(incomplete));
}

/// For the metrics; plain stores.
void book_state::show_queue() {
  gauges_->set_staged(machine_.staged_events() + queue_.items(), staging_->payload.size());
}

std::shared_ptr<batch_buffer> book_state::next_buffer() {
  if (!spare_)
    return std::make_shared<batch_buffer>();
  spare_->payload.clear();
  return std::move(spare_);
}

// -- ending -------------------------------------------------------------------------------------

/// A fence that is not committed by now never will be.
caf::result<void> book_state::on_stop() {
  stopping_.push_back(self_->make_response_promise<void>());
  auto answer = stopping_.back();
  if (fence_)
    cancel_fence();
  close_when_idle();
  return answer;
}

void book_state::rest_for_good() {
  rests_for_good_ = true;
  close_when_idle();
}

bool book_state::is_idle() const {
  return !in_flight_ && machine_.staged_events() == 0 && queue_.empty();
}

void book_state::close_when_idle() {
  auto is_busy = !is_idle() || repeats_ > 0 || snapshot_is_running_ || spill_is_running_;
  if (!is_stopping() || is_busy || std::exchange(closing_, true))
    return;
  auto end = [this](caf::error reason) {
    for (auto& waiting : stopping_)
      reason ? waiting.deliver(reason) : waiting.deliver();
    // Who only waits does not have it opened again.
    watchers_.end({ec::io, "the book was stopped"});
    fail_pending(is_ending(), is_ending());
    self_->quit(caf::exit_reason::user_shutdown);
  };
  // No timeout: the disk answers every job, and the log must not be open when the book is gone.
  self_->request(neighbours_.disk, caf::infinite, atom::close_v, close_job{book_})
      .then([end] { end({}); }, [end](const caf::error& reason) { end(reason); });
}

/// What is on the disk, or repeats a write that may be, may be durable; nothing else is.
void book_state::fail_pending(const error& of_the_batch, const error& of_the_rest) {
  env_->metrics->count(outcome_of(of_the_batch), in_flight_replies_.writes());
  env_->metrics->count(outcome_of(of_the_rest), staging_replies_.writes());
  in_flight_replies_.fail(of_the_batch, of_the_batch);
  staging_replies_.fail(of_the_rest, of_the_batch);
  queue_.fail(of_the_rest);
  if (fence_ && fence_->beginning)
    fence_->beginning->deliver(to_caf(of_the_rest));
  recent_.end(to_caf(of_the_rest));
  watchers_.end(of_the_rest);
}

/// From whoever is linked to the book, or wants it gone. That somebody else ended well is no reason
/// to end; and only `close_when_idle` ends in good order.
void book_state::on_exit(const caf::error& reason) {
  if (!reason)
    return;
  fail_pending(outcome_is_unknown("the book was ended"), is_restarting());
  self_->quit(reason == caf::exit_reason::user_shutdown ? caf::error{caf::exit_reason::kill}
                                                        : reason);
}

/// Memory cannot be believed any more, and the log can.
caf::error book_state::on_exception(const std::exception_ptr& thrown) {
  auto what = describe(thrown);
  logger()->error("book={} event=exception reason=\"{}\"", book_->name, what);
  try {
    fail_pending(outcome_is_unknown("the book ended over an exception"), is_restarting());
  } catch (...) {
    // What is not answered here is when the state goes: as `broken_promise`.
  }
  return caf::make_error(caf::sec::runtime_error, std::move(what));
}

} // namespace daybook::actors
