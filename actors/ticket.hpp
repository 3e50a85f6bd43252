#pragma once

#include "base/result.hpp"
#include "ledger/types.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <utility>
#include <vector>

namespace daybook {

/// The answer to a write that was submitted, which may not be there yet. Copies share it; any
/// thread may ask, as often as it likes. Dropping it does not take the write back.
template <class Answer>
class basic_ticket {
public:
  using write_result = result<Answer>;

  explicit basic_ticket(std::future<write_result> answer) : answer_(answer.share()) {}

  /// Blocks until there is an answer; the client's timeout makes sure that there is.
  write_result wait() const { return answer_.get(); }

  /// The answer if it comes in time.
  std::optional<write_result> wait_for(std::chrono::nanoseconds timeout) const {
    if (answer_.wait_for(timeout) != std::future_status::ready)
      return std::nullopt;
    return answer_.get();
  }

  /// The answer if it is there.
  std::optional<write_result> try_get() const { return wait_for(std::chrono::nanoseconds{0}); }

private:
  std::shared_future<write_result> answer_;
};

using ticket = basic_ticket<ledger::receipt>;

/// Of a batch whose items stand each by itself, answered in order.
using batch_ticket = basic_ticket<std::vector<result<ledger::receipt>>>;

/// Of a batch that is all or nothing.
using atomic_ticket = basic_ticket<std::vector<ledger::receipt>>;

} // namespace daybook
