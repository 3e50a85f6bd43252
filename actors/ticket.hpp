#pragma once

#include "base/result.hpp"
#include "ledger/types.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <utility>

namespace daybook {

/// The answer to a write that was submitted, which may not be there yet. Copies share it; any
/// thread may ask, as often as it likes. Dropping it does not take the write back.
class ticket {
public:
  using write_result = result<ledger::receipt>;

  explicit ticket(std::future<write_result> answer) : answer_(answer.share()) {}

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

} // namespace daybook
