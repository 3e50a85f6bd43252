#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_addr.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>

namespace daybook::actors {

/// Who is told what happens to the books of a node. A listener that does not answer gets no more
/// than so many, and is told later how many it missed. The supervisor's own; not thread-safe.
class supervision_news {
public:
  /// Events on their way to one listener, and listeners.
  static constexpr std::size_t unanswered_max = 1'024;
  static constexpr std::size_t listeners_max = 256;

  explicit supervision_news(supervisor_impl::pointer self) : self_(self) {}

  /// False when there are as many as there may be.
  bool add(const supervision_listener& who);
  void tell(supervision_event x);

  /// True when it was one of them.
  bool on_down(const caf::actor_addr& who);

private:
  struct listener {
    supervision_listener who;
    std::size_t unanswered = 0;
    std::uint64_t missed = 0;
  };

  listener* find(const caf::actor_addr& who);

  supervisor_impl::pointer self_;
  std::deque<listener> listeners_;
};

} // namespace daybook::actors
