#pragma once

#include "actors/follow_messages.hpp"
#include "actors/interfaces.hpp"

#include <caf/actor_addr.hpp>
#include <caf/disposable.hpp>
#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace daybook::actors {

/// Who waits for a watermark of a book, and the watermarks of those who apply its events. The
/// book's own; not thread-safe.
class watchers {
public:
  using promise = caf::typed_response_promise<frontier>;

  /// What an actor that applies events says of itself. Several may do so under one name: then the
  /// name stands where the last of them is. A mark does not go back. False when there are as many
  /// as there may be.
  bool report(const std::string& name, event_seq seq, const caf::actor_addr& who);
  /// An actor applies nothing any more under a name.
  void forget(const std::string& name, const caf::actor_addr& who) { appliers_.erase({name, who}); }
  /// An actor has ended: it applies nothing and waits for nothing.
  void forget(const caf::actor_addr& who);

  /// Whether an actor applies or waits for anything.
  bool know(const caf::actor_addr& who) const;

  /// Adds what is known here to the book's own watermarks.
  void complete(frontier& x) const;

  bool empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }

  /// Remembers a question; gives its number, for `expire`, which `timer` will call.
  std::uint64_t next_number() const { return last_number_ + 1; }
  void add(promise answer, caf::actor_addr asker, watermark mark, std::string name, event_seq seq,
           caf::disposable timer);

  /// Answers everybody whose event has been reached. `book` are the book's own watermarks.
  void wake(const frontier& book);

  /// The time of one question is over, if it still waits: looks for the last time.
  void expire(std::uint64_t number, const frontier& book);

  void end(const error& reason);

  /// Where a watermark stands. Zero for a name that nobody has reported.
  event_seq position(const frontier& book, watermark mark, const std::string& name) const;

private:
  struct waiter {
    std::uint64_t number;
    promise answer;
    caf::actor_addr asker;
    watermark mark;
    std::string name;
    event_seq seq;
    caf::disposable timer;
  };

  std::vector<waiter> waiting_;
  std::map<std::pair<std::string, caf::actor_addr>, event_seq> appliers_;
  std::uint64_t last_number_ = 0;
};

} // namespace daybook::actors
