// What a book does with writes that may never be: rehearsals and fences.

#include "actors/book_facts.hpp"
#include "actors/errors.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <chrono>
#include <map>
#include <utility>

namespace daybook::actors {

namespace {

constexpr caf::timespan fence_timeout_max = std::chrono::hours{1};

} // namespace

// -- rehearsals ---------------------------------------------------------------------------------

caf::result<std::vector<outcome>> book_state::on_rehearse(write_batch& x) {
  if (fence_)
    return to_caf(fence_is_active());
  if (auto refused = admit(x.items.size()))
    return to_caf(std::move(*refused));
  auto promise = self_->make_response_promise<std::vector<outcome>>();
  process(rehearsal{std::move(x)}, promise);
  return promise;
}

/// What it found rests on staged writes, like a commit's answer, and waits for them like one.
void book_state::judge(const rehearsal& x, const many_promise& promise,
                       const ledger::facts& known) {
  std::vector<verdict> verdicts;
  // What it would have written itself, for the items that repeat that.
  std::map<event_seq, ledger::receipt> would_be;
  extent added;
  byte_buffer framed;
  auto count = [&](const ledger::event& event, bool joined) {
    scratch_.clear();
    protocol::encode(event, joined, scratch_);
    framed.clear();
    log::append_event(framed, scratch_);
    ++added.events;
    added.bytes += framed.size();
  };
  extent staged{machine_.staged_events(), staging_->payload.size()};
  auto bytes_max = env_->options.batch.bytes_max;
  auto has_room = [&]() -> result<void> {
    if (staged.bytes + added.bytes >= bytes_max)
      return fail(overloaded("bytes", bytes_max));
    return {};
  };
  auto all = machine_.rehearse(x.batch.items, x.batch.atomic, known, count, has_room);
  auto committed_at = machine_.commit_time(env_->time->now());
  if (auto refused = check_fits_batch(added, staged); x.batch.atomic && all.front() && refused)
    return answer_when_durable(reply_promise{promise}, std::move(*refused), counted::no);
  for (auto& found : all) {
    if (!found && x.batch.atomic)
      return answer_when_durable(reply_promise{promise}, std::move(found.error()), counted::no);
    if (!found) {
      verdicts.emplace_back(outcome{std::move(found.error())});
    } else if (auto own = would_be.find(found->seq); found->deduplicated && own != would_be.end()) {
      auto repeated = own->second;
      repeated.deduplicated = true;
      verdicts.emplace_back(outcome{std::move(repeated)});
    } else if (found->deduplicated) {
      verdicts.emplace_back(
          result<ledger::staged>{ledger::staged{.seq = found->seq, .deduplicated = true}});
    } else {
      ledger::receipt would{{machine_.id(), found->seq}, machine_.epoch(), committed_at, false, {},
                            std::move(found->balances)};
      would_be.emplace(found->seq, would);
      verdicts.emplace_back(outcome{std::move(would)});
    }
  }
  answer_when_durable(reply_promise{promise}, std::move(verdicts), counted::no);
}

// -- fences -------------------------------------------------------------------------------------

caf::result<fence_id> book_state::on_begin_fence(const fence_options& options) {
  if (refusal_)
    return to_caf(*refusal_);
  if (fence_)
    return to_caf(fence_is_active());
  if (auto refused = admit(0))
    return to_caf(std::move(*refused));
  if (options.timeout <= caf::timespan{0} || options.timeout > fence_timeout_max)
    return to_caf({ec::invalid_argument,
                   "a fence's timeout must be above zero and at most an hour",
                   {{"field", "timeout"}}});
  auto owner = sender(); // before the promise, which takes it
  if (!owner)
    return to_caf({ec::invalid_argument,
                   "a fence belongs to the actor that begins it",
                   {{"field", "sender"}}});
  auto promise = self_->make_response_promise<fence_id>();
  fence_ = fence{{env_->random->next()}, owner, options.timeout, promise, {}};
  watch(fence_->owner);
  open_fence_when_idle();
  return promise;
}

/// Before the fence everything is durable, so that behind it everything is the fence's.
void book_state::open_fence_when_idle() {
  if (!fence_ || fence_->is_active() || !is_idle())
    return;
  machine_.open_unit();
  auto timeout = std::chrono::duration_cast<std::chrono::microseconds>(fence_->timeout);
  fence_->until = timestamp{env_->time->now().us() + timeout.count()};
  fence_->timer = self_->run_delayed(fence_->timeout, [this] { cancel_fence(); });
  std::exchange(fence_->beginning, std::nullopt)->deliver(fence_->id);
}

caf::result<std::vector<outcome>> book_state::on_fence_submit(fence_id id, write_batch& x) {
  if (auto refused = check_fence(id))
    return to_caf(std::move(*refused));
  if (auto refused = admit(x.items.size()))
    return to_caf(std::move(*refused));
  // Repeats stage nothing, and their receipts wait for the commit all the same [I12].
  auto events_max = env_->options.batch.events_max;
  if (fence_->accepted.size() + queue_.items() + x.items.size() > events_max)
    return to_caf(overloaded("events", events_max));
  auto promise = self_->make_response_promise<std::vector<outcome>>();
  process(fenced_write{id, std::move(x)}, promise);
  return promise;
}

/// Answered at once: nothing that it rests on can go away but the fence itself.
void book_state::judge(const fenced_write& x, const many_promise& promise,
                       const ledger::facts& known) {
  // It may have ended while the facts were fetched.
  if (!is_fenced() || fence_->id != x.fence)
    return many_promise{promise}.deliver(
        to_caf({ec::not_found, "the fence has ended", {{"what", "fence"}}}));
  std::vector<result<ledger::staged>> decided;
  if (x.batch.atomic) {
    auto staged = stage_all(x.batch, known);
    if (!staged)
      return many_promise{promise}.deliver(to_caf(std::move(staged.error())));
    decided.assign(staged->begin(), staged->end());
  } else {
    machine_.each_of_message(x.batch.items,
                             [&](auto& item) { decided.push_back(stage(item, known)); });
  }
  incomplete_reply reply{promise, {}, {}, {}};
  for (auto& one : decided) {
    if (!one) {
      reply.outcomes.emplace_back(std::move(one.error()));
      continue;
    }
    fence_->accepted.push_back(*one);
    if (one->deduplicated && one->seq <= machine_.durable_seq()) {
      reply.missing.push_back(reply.outcomes.size());
      reply.events.push_back(one->seq);
    }
    ledger::receipt unseen;
    unseen.id.book = machine_.id();
    unseen.deduplicated = one->deduplicated;
    reply.outcomes.emplace_back(std::move(unseen));
  }
  if (reply.missing.empty())
    deliver(reply.promise, std::move(reply.outcomes));
  else
    fetch_first_receipts(std::move(reply));
}

/// From here on the unit is staged like anything else, at the front of its batch: writes that come
/// before the batch is sealed may share it. Power lost before that batch is durable: the fence
/// never was. After it: all of it is.
caf::result<std::vector<ledger::receipt>> book_state::on_commit_fence(fence_id id) {
  if (auto refused = check_fence(id))
    return to_caf(std::move(*refused));
  if (!queue_.empty())
    return to_caf({ec::busy, "writes behind the fence are not answered yet", {{"what", "fence"}}});
  env_->reached(step::fence_commit);
  auto promise = self_->make_response_promise<std::vector<ledger::receipt>>();
  std::vector<verdict> verdicts;
  for (auto& one : fence_->accepted)
    verdicts.emplace_back(result<ledger::staged>{one});
  machine_.close_unit();
  fence_->timer.dispose();
  fence_.reset();
  answer_when_durable(reply_promise{promise}, std::move(verdicts));
  keep_up(); // as after a cancel, when nothing was written
  return promise;
}

caf::result<void> book_state::on_cancel_fence(fence_id id) {
  if (auto refused = check_fence(id))
    return to_caf(std::move(*refused));
  cancel_fence();
  return caf::unit;
}

std::optional<error> book_state::check_fence(fence_id id) const {
  if (!is_fenced() || fence_->id != id)
    return error{
        ec::not_found,
        "there is no such fence: it was committed, cancelled, its time was over, or the book "
        "has been restarted",
        {{"what", "fence"}}};
  if (sender() != fence_->owner)
    return error{ec::busy, "the fence belongs to another actor", {{"what", "fence"}}};
  return std::nullopt;
}

void book_state::cancel_fence() {
  if (fence_->is_active()) {
    machine_.undo_unit();
    staging_->payload.clear();
    fence_->timer.dispose();
  } else {
    fence_->beginning->deliver(to_caf(is_ending()));
  }
  fence_.reset();
  keep_up(); // what a snapshot wants of the keys waits for the end of a fence
}

error book_state::is_ending() {
  return {ec::restarting,
          "the book is being closed: nothing was accepted, open it again and send again"};
}

error book_state::fence_is_active() const {
  return {ec::fence_active,
          "somebody is writing behind a fence: nothing was accepted, send again when it has ended"};
}

} // namespace daybook::actors
