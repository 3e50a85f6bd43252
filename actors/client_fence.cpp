#include "actors/client_fence.hpp"

#include "actors/client_core.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <utility>

namespace daybook {

using namespace actors;

namespace {

/// What became of the incarnation that knew the fence.
template <class Answer>
result<Answer> explained(result<Answer> x) {
  if (!x && x.error().code() == ec::restarting)
    return fail(ec::not_found,
                "the book has been restarted, and the fence is over: nothing of it is there, begin "
                "another",
                {{"what", "fence"}});
  return x;
}

error is_over() { return {ec::not_found, "the fence is over: begin another", {{"what", "fence"}}}; }

error is_incomplete() {
  return {ec::invalid_argument,
          "a write behind the fence had no answer, so that nobody knows what a commit would write: "
          "nothing was written, begin another fence and write all of it again",
          {{"field", "fence"}}};
}

} // namespace

write_fence& write_fence::operator=(write_fence&& other) noexcept {
  drop();
  core_ = std::move(other.core_);
  book_ = std::move(other.book_);
  id_ = other.id_;
  is_complete_ = other.is_complete_;
  return *this;
}

write_fence::write_result write_fence::write(ledger::write x) {
  std::vector<ledger::write> items;
  items.push_back(std::move(x));
  auto outcomes = submit(std::move(items));
  if (!outcomes)
    return fail(std::move(outcomes.error()));
  return std::move(outcomes->front());
}

template <class Answer, class Convert>
result<Answer> write_fence::send(Convert convert, std::vector<ledger::write> items, bool atomic) {
  if (!book_)
    return fail(is_over());
  if (!is_complete_)
    return fail(is_incomplete());
  auto count = items.size();
  auto answer = explained(
      core_
          ->write_once_as<std::vector<outcome>>(convert, count, book_, atom::submit_v, id_,
                                                write_batch{std::move(items), atomic})
          .get());
  if (!answer && answer.error().code() == ec::outcome_unknown)
    is_complete_ = false;
  return answer;
}

result<std::vector<write_fence::write_result>>
write_fence::submit(std::vector<ledger::write> items) {
  return send<std::vector<write_result>>(to_results, std::move(items), false);
}

result<std::vector<ledger::receipt>> write_fence::submit_atomic(std::vector<ledger::write> items) {
  return send<std::vector<ledger::receipt>>(to_receipts, std::move(items), true);
}

result<std::vector<ledger::receipt>> write_fence::commit() {
  if (!book_)
    return fail(is_over());
  if (!is_complete_) {
    drop();
    return fail(is_incomplete());
  }
  auto committed = explained(core_
                                 ->ask_once<std::vector<ledger::receipt>>(
                                     ec::outcome_unknown, book_, atom::commit_fence_v, id_)
                                 .get());
  // After an error it may be there still, and everybody's writes would wait for its timeout.
  committed ? void(book_ = nullptr) : drop();
  return committed;
}

result<void> write_fence::cancel() {
  if (!book_)
    return fail(is_over());
  auto book = std::exchange(book_, nullptr);
  return explained(
      core_->ask_once<void>(ec::outcome_unknown, book, atom::cancel_fence_v, id_).get());
}

/// Nobody waits for the answer: what this client sends next is behind it.
void write_fence::drop() {
  if (book_)
    core_->ask_once<void>(ec::io, std::exchange(book_, nullptr), atom::cancel_fence_v, id_);
}

// -- one book -----------------------------------------------------------------------------------

result<write_fence> book_client::begin_fence(fence_options options) const {
  auto id = core_->begin_fence(book_, options);
  if (!id)
    return fail(std::move(id.error()));
  return write_fence{core_, book_, *id};
}

// -- the client's connection ----------------------------------------------------------------------

result<fence_id> client::core::begin_fence(const link& book, const fence_options& options) const {
  using begin = book_call<gateway_state, fence_id, atom::begin_fence, fence_options>;
  using cancel = book_call<gateway_state, void, atom::cancel_fence, fence_id>;
  auto terms = terms_of(ec::io);
  auto slot = std::make_shared<daybook::detail::answer_slot<result<fence_id>>>(
      terms.fallback, daybook::detail::in_flight_share{});
  auto future = slot->future();
  auto is_settled = std::make_shared<std::atomic<bool>>(false); // by an answer, or by giving up
  // The book's answer is waited for to the end: only it says what there is to be cancelled.
  auto patient = terms;
  patient.timeout = caf::infinite;
  auto asked = std::make_shared<begin>(book, patient, atom::begin_fence_v, options);
  post([=](gateway_state& gateway) {
    gateway.flush(book->name());
    auto on_begun = [=, &gateway](fence_id& id) {
      slot->set(id);
      if (is_settled->exchange(true))
        std::make_shared<cancel>(book, call_terms{.timeout = terms.timeout, .is_bound = true},
                                 atom::cancel_fence_v, id)
            ->start(gateway, [] {}, [](const error&) { /* it ends by itself */ });
    };
    asked->start(gateway, on_begun, [slot](error x) { slot->set(fail(std::move(x))); });
  });
  auto patience = std::max(terms.timeout, terms.retry_budget);
  auto is_late = future.wait_for(patience) != std::future_status::ready;
  if (is_late && !is_settled->exchange(true))
    return fail(ec::io, "no answer from the book in time: the fence does not begin; check the node "
                        "and try again");
  return future.get();
}

} // namespace daybook
