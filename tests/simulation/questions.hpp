#pragma once

#include "tests/simulation/bank.hpp"
#include "tests/simulation/model.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace daybook::simulation {

/// What clients ask a book while others write to it. An answer is judged when the log is known:
/// between the last event that anybody had a receipt of when it was asked, and the end, there must
/// be a moment at which it was right [I7].
class questions {
public:
  questions(machine& on, bank& from, workload& knows, std::uint64_t seed)
      : on_(&on), bank_(&from), workload_(&knows), dice_(seed, "questions") {}

  void ask();
  void ask_for_snapshot();

  /// Judges all answers so far.
  void check(const model& known);
  std::size_t unanswered() const { return unanswered_; }
  void forget_process() { unanswered_ = 0; }

private:
  using judge = std::function<std::string(const model&)>;

  /// Asks the book; `check` says what is wrong with an answer, or nothing.
  template <class T, class... Words>
  void ask(std::string what, std::function<std::string(const model&, const result<T>&)> check,
           Words... words);

  void ask_balance();
  void ask_balance_at();
  void ask_events();
  void ask_history();
  void ask_transaction();
  void ask_by_key();
  void ask_trial_balance();
  void ask_trial_balance_at();
  void ask_accounts();
  event_seq any_seq();

  machine* on_;
  bank* bank_;
  workload* workload_;
  dice dice_;
  std::vector<judge> answers_;
  std::size_t unanswered_ = 0;
};

/// What is wrong with a page of events that begins at `from`; `floor` was durable when it was asked
/// for.
std::string check_page(const model& known, const actors::events_page& page, event_seq from,
                       event_seq floor);

/// What is wrong with an event as a reader sees it.
std::string check_event(const model& known, const actors::recorded_event& x);

} // namespace daybook::simulation
