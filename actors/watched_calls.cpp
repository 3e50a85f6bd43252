#include "actors/watched_calls.hpp"

#include <caf/sec.hpp>

#include <utility>

namespace daybook::actors {

void watched_calls::begin(const caf::actor_addr& target, std::shared_ptr<pending_call> call) {
  auto [entry, is_new] = waiting_.try_emplace(target);
  if (is_new)
    self_->monitor(target);
  entry->second.insert(std::move(call));
}

void watched_calls::end(const caf::actor_addr& target, const std::shared_ptr<pending_call>& call) {
  if (auto entry = waiting_.find(target); entry != waiting_.end())
    entry->second.erase(call);
}

bool watched_calls::waits_for(const caf::actor_addr& ended) {
  auto entry = waiting_.find(ended);
  if (entry == waiting_.end())
    return false;
  if (!entry->second.empty())
    return true;
  waiting_.erase(entry);
  return false;
}

void watched_calls::refuse(const caf::actor_addr& ended) {
  auto entry = waiting_.find(ended);
  if (entry == waiting_.end())
    return;
  auto calls = std::move(entry->second);
  waiting_.erase(entry);
  for (auto& call : calls)
    call->refuse(caf::make_error(caf::sec::broken_promise));
}

} // namespace daybook::actors
