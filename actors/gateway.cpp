#include "actors/gateway.hpp"

#include <utility>

namespace daybook::actors {

gateway_state::gateway_state(gateway_actor::pointer self) : self_(self), calls_(self) {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

gateway_actor::behavior_type gateway_state::make_behavior() {
  return {[this](const client_call& call) { call.run(*this); }};
}

/// Those that have nothing to do go when a new one comes.
void gateway_state::commit(const link& book, const call_terms& terms, ledger::transaction x,
                           write_combiner::on_answer then) {
  auto combiner = combiners_.find(book->name());
  if (combiner == combiners_.end()) {
    absl::erase_if(combiners_, [](auto& entry) { return entry.second->is_idle(); });
    combiner = combiners_.emplace(book->name(), std::make_unique<write_combiner>(book)).first;
  }
  combiner->second->add(*this, terms, std::move(x), std::move(then));
}

void gateway_state::flush(const std::string& book) {
  if (auto combiner = combiners_.find(book); combiner != combiners_.end())
    combiner->second->flush(*this);
}

void gateway_state::flush_all() {
  for (auto& [name, combiner] : combiners_)
    combiner->flush(*this);
}

void gateway_state::on_down(const caf::down_msg& down) {
  if (!calls_.waits_for(down.source))
    return;
  auto refuse = [ended = down.source](gateway_state& gateway) { gateway.calls().refuse(ended); };
  self_->send(caf::actor_cast<gateway_actor>(self_), client_call{refuse});
}

} // namespace daybook::actors
