#include "actors/supervision_news.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

bool supervision_news::add(const supervision_listener& who) {
  if (find(who.address()))
    return true;
  if (listeners_.size() >= listeners_max)
    return false;
  self_->monitor(who);
  listeners_.push_back({who});
  return true;
}

void supervision_news::tell(supervision_event x) {
  for (auto& listener : listeners_) {
    if (listener.unanswered >= unanswered_max) {
      ++listener.missed;
      continue;
    }
    ++listener.unanswered;
    x.missed = listener.missed;
    auto answered = [this, address = listener.who.address()] {
      if (auto* known = find(address))
        --known->unanswered;
    };
    // No timeout: a listener that is gone is noticed.
    self_->request(listener.who, caf::infinite, atom::deliver_v, x)
        .then(answered, [answered](const caf::error&) { answered(); });
  }
}

bool supervision_news::on_down(const caf::actor_addr& who) {
  return std::erase_if(listeners_, [&who](auto& x) { return x.who.address() == who; }) > 0;
}

supervision_news::listener* supervision_news::find(const caf::actor_addr& who) {
  auto found = std::ranges::find_if(listeners_, [&who](auto& x) { return x.who.address() == who; });
  return found == listeners_.end() ? nullptr : &*found;
}

} // namespace daybook::actors
