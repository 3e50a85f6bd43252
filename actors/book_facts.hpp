#pragma once

#include "actors/book.hpp"
#include "actors/errors.hpp"

#include <utility>

// How a book judges a write that rests on more than memory holds: keys that were spilled, and
// transactions to be reversed. While one waits for its facts, those behind it wait too: writes are
// judged in the order in which they came, or a client's second write could be refused for want of
// its first.

namespace daybook::actors {

namespace detail {

/// Puts together what has to be asked about all parts of a write.
class inquiry {
public:
  inquiry(const ledger::book_machine& machine, const ledger::facts& known)
      : machine_(machine), known_(known) {}

  ledger::questions about(const auto& x) {
    ask(x);
    return std::move(asked_);
  }

private:
  void ask(const ledger::command& x) { machine_.ask(x, asked_, known_); }
  void ask(const ledger::write& x) { ask(x.what); }
  void ask(const write_batch& x) { ask(x.items); }

  template <class T>
  void ask(const std::vector<T>& xs) {
    for (auto& x : xs)
      ask(x);
  }

  /// Batches, behind whatever they are written.
  template <class T>
  auto ask(const T& x) -> decltype(x.batch, void()) {
    ask(x.batch);
  }

  const ledger::book_machine& machine_;
  const ledger::facts& known_;
  ledger::questions asked_;
};

inline std::size_t items_of(const ledger::command&) { return 1; }
inline std::size_t items_of(const ledger::write&) { return 1; }
inline std::size_t items_of(const std::vector<ledger::command>& xs) { return xs.size(); }
inline std::size_t items_of(const write_batch& x) { return x.items.size(); }

template <class T>
auto items_of(const T& x) -> decltype(x.batch.items.size()) {
  return x.batch.items.size();
}

} // namespace detail

/// Judges a write now, or, behind one that waits for facts, later.
template <class Content, class Promise>
void book_state::process(Content x, Promise promise) {
  if (queue_.empty() && try_to_judge(x, promise, nullptr))
    return;
  auto items = detail::items_of(x);
  queue_.push(items, [this, x = std::move(x), promise](const result<ledger::facts>* known) mutable {
    return try_to_judge(x, promise, known);
  });
}

/// False when it had to send for facts. While they came, a batch may have become durable and keys
/// may have left memory, so that there is more to ask: then everything is asked once more. A no
/// does not go stale meanwhile, for nothing is staged before this write is judged.
template <class Content, class Promise>
bool book_state::try_to_judge(const Content& x, Promise& promise,
                              const result<ledger::facts>* known) {
  static const ledger::facts nothing;
  if (known && !*known) {
    promise.deliver(to_caf(known->error()));
    return true;
  }
  auto& have = known ? **known : nothing;
  auto open = detail::inquiry{machine_, have}.about(x);
  if (open.empty()) {
    judge(x, promise, have);
    return true;
  }
  auto all = known ? detail::inquiry{machine_, nothing}.about(x) : std::move(open);
  auto at_hand = facts_at_hand(all);
  if (at_hand)
    judge(x, promise, *at_hand);
  else
    fetch_facts(std::move(all));
  return at_hand.has_value();
}

} // namespace daybook::actors
