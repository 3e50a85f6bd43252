#include "tests/process/crashing_node/answers.hpp"

#include <variant>

namespace daybook::test {

std::string name_of(const ledger::command& x) {
  if (auto* posted = std::get_if<ledger::transaction>(&x))
    return posted->key;
  if (auto* opened = std::get_if<ledger::account_definition>(&x))
    return "account " + opened->path;
  if (auto* registered = std::get_if<ledger::asset_definition>(&x))
    return "asset " + registered->id;
  throw broken{"the log holds what nobody wrote"};
}

void answers::take(const ledger::command& said, const ledger::receipt& answer) {
  auto name = name_of(said);
  auto [known, is_new] = known_.try_emplace(name, answer.id.seq);
  expect(answer.deduplicated != is_new,
         name + (is_new ? " is taken for a repeat, and was never written"
                        : " is written again, and stands in the log"));
  expect(answer.id.seq == known->second, name + " is now event " +
                                             std::to_string(answer.id.seq.value()) + ", and was " +
                                             std::to_string(known->second.value()));
  if (heard_)
    heard_(name, answer.id.seq);
}

} // namespace daybook::test
