#include "actors/client_fence.hpp"

#include "actors/client_core.hpp"

#include <utility>

namespace daybook {

using namespace actors;

namespace {

/// What became of the incarnation that knew the fence. Only a commit may have been done before.
template <class Answer>
result<Answer> explained(result<Answer> x, bool may_be_done = false) {
  auto is_gone = !x && (x.error().code() == ec::restarting ||
                        (x.error().code() == ec::outcome_unknown && !may_be_done));
  if (is_gone)
    return fail(ec::not_found,
                "the book has been restarted, and the fence is over: nothing of it is there, begin "
                "another",
                {{"what", "fence"}});
  return x;
}

error is_over() { return {ec::not_found, "the fence is over: begin another", {{"what", "fence"}}}; }

} // namespace

write_fence& write_fence::operator=(write_fence&& other) noexcept {
  drop();
  core_ = std::move(other.core_);
  book_ = std::move(other.book_);
  id_ = other.id_;
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

result<std::vector<write_fence::write_result>>
write_fence::submit(std::vector<ledger::write> items) {
  if (!book_)
    return fail(is_over());
  auto count = items.size();
  return explained(core_
                       ->write_once_as<std::vector<outcome>>(to_results, count, book_,
                                                             atom::submit_v, id_,
                                                             write_batch{std::move(items), false})
                       .get());
}

result<std::vector<ledger::receipt>> write_fence::submit_atomic(std::vector<ledger::write> items) {
  if (!book_)
    return fail(is_over());
  auto count = items.size();
  return explained(core_
                       ->write_once_as<std::vector<outcome>>(to_receipts, count, book_,
                                                             atom::submit_v, id_,
                                                             write_batch{std::move(items), true})
                       .get());
}

result<std::vector<ledger::receipt>> write_fence::commit() {
  if (!book_)
    return fail(is_over());
  auto committed = explained(core_
                                 ->ask_once<std::vector<ledger::receipt>>(
                                     ec::outcome_unknown, book_, atom::commit_fence_v, id_)
                                 .get(),
                             true);
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
  auto id = core_->ask<fence_id>(ec::io, book_, atom::begin_fence_v, options).get();
  if (!id)
    return fail(std::move(id.error()));
  return write_fence{core_, book_, *id};
}

} // namespace daybook
