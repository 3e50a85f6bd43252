#include "actors/gateway.hpp"

namespace daybook::actors {

gateway_state::gateway_state(gateway_actor::pointer self) : self_(self), calls_(self) {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

gateway_actor::behavior_type gateway_state::make_behavior() {
  return {[this](const client_call& call) { call.run(*this); }};
}

void gateway_state::on_down(const caf::down_msg& down) {
  if (!calls_.waits_for(down.source))
    return;
  auto refuse = [ended = down.source](gateway_state& gateway) { gateway.calls().refuse(ended); };
  self_->send(caf::actor_cast<gateway_actor>(self_), client_call{refuse});
}

} // namespace daybook::actors
