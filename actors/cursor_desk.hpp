#pragma once

#include "actors/follow_messages.hpp"

#include <caf/actor_addr.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace daybook::actors {

/// Who holds which durable cursor of a book. A cursor has one holder at a time, for two workers of
/// one name would each undo the other's position. The book's own; not thread-safe.
class cursor_desk {
public:
  /// False when somebody else holds it.
  bool take(const std::string& name, const caf::actor_addr& who) {
    return holders_.try_emplace(name, who).first->second == who;
  }

  bool holds(const std::string& name, const caf::actor_addr& who) const {
    auto found = holders_.find(name);
    return found != holders_.end() && found->second == who;
  }

  /// Whether somebody holds any cursor.
  bool has_holder(const caf::actor_addr& who) const {
    return std::ranges::any_of(holders_, [&who](auto& x) { return x.second == who; });
  }

  bool is_held(const std::string& name) const { return holders_.contains(name); }

  void release(const std::string& name) { holders_.erase(name); }

  /// An actor has ended.
  void release_all(const caf::actor_addr& who) {
    std::erase_if(holders_, [&who](auto& x) { return x.second == who; });
  }

private:
  std::map<std::string, caf::actor_addr> holders_;
};

} // namespace daybook::actors
