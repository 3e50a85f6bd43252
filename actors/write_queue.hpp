#pragma once

#include "base/result.hpp"
#include "ledger/book_machine.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace daybook::actors {

/// Writes that have to be judged in the order in which they came, while the first of them waits for
/// facts that the disk holds. Empty nearly always. The book's own; not thread-safe.
class write_queue {
public:
  /// Judges a write and answers it. Called without facts first; false when it has asked for some,
  /// and then called again with what came, as often as it asks. It may take the facts.
  using attempt = std::function<bool(result<ledger::facts>*)>;

  bool empty() const { return waiting_.empty(); }
  std::size_t items() const { return items_; }

  void push(std::size_t items, attempt x) {
    items_ += items;
    waiting_.push_back({items, std::move(x)});
  }

  /// What the first one asked for has come: it is judged, unless it asks again, and those behind it
  /// up to the next one that asks.
  void resume(result<ledger::facts> known) {
    auto done = run_first(&known);
    while (done && !waiting_.empty())
      done = run_first(nullptr);
  }

  /// Answers all with an error.
  void fail(const error& reason) {
    result<ledger::facts> none = tl::unexpected(reason);
    while (!waiting_.empty())
      run_first(&none);
  }

private:
  struct entry {
    std::size_t items;
    attempt run;
  };

  /// It leaves the queue when it is done; what it does may add to the end.
  bool run_first(result<ledger::facts>* known) {
    auto& run = waiting_.front().run; // stays where it is when others are added
    if (!run(known))
      return false;
    items_ -= waiting_.front().items;
    waiting_.pop_front();
    return true;
  }

  std::deque<entry> waiting_;
  std::size_t items_ = 0;
};

} // namespace daybook::actors
