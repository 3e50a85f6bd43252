#pragma once

#include "actors/book.hpp"

#include <memory>
#include <type_traits>
#include <utility>

// How a book has a worker answer for it.

namespace daybook::actors {

namespace detail {

/// Delivers an answer of any kind, also none, and then lets go of `token`.
template <class Answer>
auto deliver_to(caf::typed_response_promise<Answer> promise, std::shared_ptr<void> token) {
  if constexpr (std::is_void_v<Answer>)
    return [promise, token]() mutable { promise.deliver(); };
  else
    return [promise, token](Answer& answer) mutable { promise.deliver(std::move(answer)); };
}

} // namespace detail

/// The worker's answer keeps the promise; `token` counts the work until then.
template <class Answer, class Worker, class Word, class Job>
void book_state::forward(caf::typed_response_promise<Answer> promise, const Worker& worker,
                         Word word, Job job, std::shared_ptr<void> token) {
  // No timeout: how long it takes depends on the log, and a worker answers every job, in turn.
  self_->request(worker, caf::infinite, word, std::move(job))
      .then(detail::deliver_to<Answer>(promise, token),
            [promise, token](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
}

/// Has a worker do something that nobody has to wait for but whoever asked.
template <class Answer, class Worker, class Word, class Job>
caf::result<Answer> book_state::have_done(const Worker& worker, Word word, Job job,
                                          std::shared_ptr<void> token) {
  auto promise = self_->make_response_promise<Answer>();
  forward(promise, worker, word, std::move(job), std::move(token));
  return promise;
}

} // namespace daybook::actors
