#pragma once

#include "actors/book.hpp"
#include "actors/errors.hpp"

#include <utility>

// How a book judges a write that rests on more than memory holds: keys that were spilled,
// transactions to be reversed, what an atomic batch did to accounts when it came for the first
// time. While one waits for its facts, those behind it wait too: writes are judged in the order in
// which they came, or a client's second write could be refused for want of its first.

namespace daybook::actors {

namespace detail {

/// Puts together what has to be asked about all parts of a write.
class inquiry {
public:
  inquiry(const ledger::book_machine& machine, const ledger::facts& known, ledger::questions& to)
      : machine_(machine), known_(known), asked_(to) {}

  void ask(const ledger::command& x) { machine_.ask(x, asked_, known_); }
  void ask(const ledger::write& x) { ask(x.what); }
  void ask(const write_batch& x) {
    if (x.atomic)
      machine_.ask_all(x.items, asked_, known_);
    else
      ask(x.items);
  }

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

private:
  const ledger::book_machine& machine_;
  const ledger::facts& known_;
  ledger::questions& asked_;
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
  known_.clear();
  if (queue_.empty() && try_to_judge(x, promise, known_))
    return;
  auto items = detail::items_of(x);
  queue_.push(items, [this, x = std::move(x), promise,
                      known = std::exchange(known_, {})](result<ledger::facts>* came) mutable {
    if (came && !*came) {
      promise.deliver(to_caf(came->error()));
      return true;
    }
    if (came)
      known.add(*std::move(*came));
    return try_to_judge(x, promise, known);
  });
  show_queue();
}

/// False when it had to send for facts. They may raise further questions, and so may what happens
/// while they come: a batch becomes durable, keys leave memory. Then only that is asked, for what
/// is known stays true; also a no, because nothing is staged before this write is judged. It ends,
/// for every question is answered, and none comes twice.
template <class Content, class Promise>
bool book_state::try_to_judge(const Content& x, Promise& promise, ledger::facts& known) {
  for (auto may_ask_more = true; may_ask_more;) {
    asked_.clear();
    detail::inquiry{machine_, known, asked_}.ask(x);
    if (asked_.empty())
      break;
    may_ask_more = asked_.lead_to_more;
    answer_from_memory(asked_, known);
    if (!asked_.empty()) {
      fetch_facts(std::exchange(asked_, {}));
      return false;
    }
  }
  judge(x, promise, known);
  return true;
}

} // namespace daybook::actors
