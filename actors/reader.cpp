#include "actors/reader.hpp"

#include "actors/guarded.hpp"

namespace daybook::actors {

reader_state::reader_state(reader_actor::pointer, std::shared_ptr<const environment> env)
    : env_(std::move(env)) {}

reader_actor::behavior_type reader_state::make_behavior() {
  /// The same for all: what is found, or the error in its place.
  auto found = [this](auto read, auto& job) {
    return guarded([&] { return to_answer(read(*env_, job)); });
  };
  return {
      [=](atom::events, const events_job& job) { return found(read_events, job); },
      [=](atom::history, const history_job& job) { return found(read_history, job); },
      [=](atom::facts, const facts_job& job) { return found(read_facts, job); },
      [=](atom::receipts, const receipts_job& job) { return found(read_receipts, job); },
      [=](atom::balance, const balance_job& job) { return found(read_balance, job); },
      [=](atom::accounts, const accounts_job& job) { return found(read_accounts, job); },
      [=](atom::trial_balance, const trial_balance_job& job) {
        return found(read_trial_balance, job);
      },
      [=](atom::ancestors, const ancestors_job& job) { return found(read_ancestors, job); },
  };
}

} // namespace daybook::actors
