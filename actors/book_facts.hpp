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

inline void ask(const ledger::book_machine& machine, const ledger::command& x,
                ledger::questions& to) {
  machine.ask(x, to);
}

inline void ask(const ledger::book_machine& machine, const ledger::write& x,
                ledger::questions& to) {
  machine.ask(x.what, to);
}

template <class T>
void ask(const ledger::book_machine& machine, const std::vector<T>& xs, ledger::questions& to) {
  for (auto& x : xs)
    ask(machine, x, to);
}

/// Batches, behind whatever they are written.
inline void ask(const ledger::book_machine& machine, const write_batch& x, ledger::questions& to) {
  ask(machine, x.items, to);
}

template <class T>
auto ask(const ledger::book_machine& machine, const T& x, ledger::questions& to)
    -> decltype(x.batch, void()) {
  ask(machine, x.batch, to);
}

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

/// False when it had to send for facts.
template <class Content, class Promise>
bool book_state::try_to_judge(const Content& x, Promise& promise,
                              const result<ledger::facts>* known) {
  if (known && !*known) {
    promise.deliver(to_caf(known->error()));
    return true;
  }
  if (known) {
    judge(x, promise, **known);
    return true;
  }
  ledger::questions asked;
  detail::ask(machine_, x, asked);
  if (asked.empty()) {
    judge(x, promise, {});
    return true;
  }
  auto at_hand = facts_at_hand(asked);
  if (at_hand)
    judge(x, promise, *at_hand);
  else
    fetch_facts(std::move(asked));
  return at_hand.has_value();
}

} // namespace daybook::actors
