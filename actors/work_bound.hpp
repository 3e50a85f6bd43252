#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace daybook::actors {

/// How much of a kind of work an actor has given to others and not got back: the mailbox of an
/// actor has no bound of its own [I12]. The actor's own; not thread-safe.
class work_bound {
public:
  explicit work_bound(std::size_t max) : max_(max) {}

  /// Counts one more until the last copy of what it returns is gone. Null when there are as many as
  /// there may be.
  std::shared_ptr<void> take() {
    if (*under_way_ == max_)
      return nullptr;
    ++*under_way_;
    return {under_way_.get(), [count = under_way_](std::size_t* n) { --*n; }};
  }

  std::size_t max() const { return max_; }
  bool is_under_way() const { return *under_way_ > 0; }

private:
  std::size_t max_;
  std::shared_ptr<std::size_t> under_way_ = std::make_shared<std::size_t>(0);
};

/// What is answered to those for whom there is no room.
inline error too_much_work(const char* what, std::size_t limit) {
  return {ec::overloaded,
          "too much of this is under way for the book: ask again when some of it is answered",
          {{"what", what}, {"limit", std::to_string(limit)}}};
}

} // namespace daybook::actors
