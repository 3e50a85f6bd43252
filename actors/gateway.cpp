#include "actors/gateway.hpp"

#include <utility>

namespace daybook::actors {

gateway_state::gateway_state(gateway_actor::pointer self) : self_(self) {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

gateway_actor::behavior_type gateway_state::make_behavior() {
  return {[this](const client_call& call) { call.run(*this); }};
}

void gateway_state::begin(const caf::actor_addr& target, std::shared_ptr<pending_call> call) {
  auto [entry, is_new] = waiting_.try_emplace(target);
  if (is_new)
    self_->monitor(target);
  entry->second.insert(std::move(call));
}

void gateway_state::end(const caf::actor_addr& target, const std::shared_ptr<pending_call>& call) {
  if (auto entry = waiting_.find(target); entry != waiting_.end())
    entry->second.erase(call);
}

void gateway_state::on_down(const caf::down_msg& down) {
  auto entry = waiting_.find(down.source);
  if (entry == waiting_.end())
    return;
  for (auto& call : std::exchange(entry->second, {}))
    call->refuse(caf::make_error(caf::sec::request_receiver_down, to_string(down.reason)));
  waiting_.erase(down.source);
}

} // namespace daybook::actors
