#include "actors/recent_batches.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace daybook::actors {

std::shared_ptr<batch_buffer> recent_batches::publish(std::shared_ptr<batch_buffer> x) {
  end_ = x->last_seq();
  bytes_ += x->payload.size();
  batches_.push_back(std::move(x));
  answer_ready();

  std::shared_ptr<batch_buffer> spare;
  while (bytes_ > bytes_max_ && batches_.size() > 1) {
    bytes_ -= batches_.front()->payload.size();
    if (batches_.front().use_count() == 1) {
      // The count is read relaxed: what others read before they let go happened before this.
      std::atomic_thread_fence(std::memory_order_acquire);
      spare = std::move(batches_.front());
    }
    batches_.pop_front();
  }
  return spare;
}

void recent_batches::skip_to(event_seq end) {
  batches_.clear();
  bytes_ = 0;
  end_ = end;
  answer_ready();
}

void recent_batches::answer_ready() {
  auto ready = std::partition(waiting_.begin(), waiting_.end(),
                              [this](auto& waiter) { return waiter.from > end_; });
  for (auto i = ready; i != waiting_.end(); ++i)
    i->answer.deliver(tail(i->from));
  waiting_.erase(ready, waiting_.end());
}

void recent_batches::ask(promise answer, const caf::actor_addr& asker, event_seq from) {
  if (from <= end_)
    answer.deliver(tail(from));
  else
    waiting_.push_back({from, asker, std::move(answer)});
}

void recent_batches::forget(const caf::actor_addr& asker) {
  std::erase_if(waiting_, [&asker](auto& x) { return x.asker == asker; });
}

void recent_batches::end(const caf::error& reason) {
  for (auto& waiter : std::exchange(waiting_, {}))
    waiter.answer.deliver(reason);
}

tail_answer recent_batches::tail(event_seq from) const {
  tail_answer found;
  found.durable = end_;
  // Sorted, and many when batches are small: who follows asks once for each.
  auto first = std::ranges::lower_bound(batches_, from, {}, [](auto& x) { return x->last_seq(); });
  if (first != batches_.end() && (*first)->info.first_seq <= from)
    found.batches.assign(first, batches_.end());
  return found;
}

} // namespace daybook::actors
