#include "actors/reader.hpp"

#include "actors/errors.hpp"

namespace daybook::actors {

reader_state::reader_state(reader_actor::pointer, std::shared_ptr<const environment> env)
    : env_(std::move(env)) {}

reader_actor::behavior_type reader_state::make_behavior() {
  return {
      [this](atom::events, const events_job& job) { return to_answer(read_events(*env_, job)); },
      [this](atom::history, const history_job& job) { return to_answer(read_history(*env_, job)); },
      [this](atom::facts, const facts_job& job) { return to_answer(read_facts(*env_, job)); },
      [this](atom::receipts, const receipts_job& job) {
        return to_answer(read_receipts(*env_, job));
      },
      [this](atom::balance, const balance_job& job) { return to_answer(read_balance(*env_, job)); },
      [this](atom::accounts, const accounts_job& job) {
        return to_answer(read_accounts(*env_, job));
      },
      [this](atom::trial_balance, const trial_balance_job& job) {
        return to_answer(read_trial_balance(*env_, job));
      },
      [this](atom::ancestors, const ancestors_job& job) {
        return to_answer(read_ancestors(*env_, job));
      },
  };
}

} // namespace daybook::actors
