#pragma once

#include "tests/simulation/model.hpp"
#include "tests/simulation/request.hpp"
#include "tests/simulation/trace.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace daybook::simulation {

/// Holds requests, their answers and the log against the model. The requests are taken in the order
/// in which they came to the book. What was answered must be what the model says, and in the log;
/// what was not answered is in the log or is not, as a whole where it is a unit; and nothing else
/// is in the log. When a request that was not answered and a later one ask for the same event, it
/// is one's or the other's, whichever explains the answers.
class explanation {
public:
  /// `log` is the whole log, from the first event.
  explanation(model& known, const std::vector<actors::recorded_event>& log, trace& told)
      : model_(&known), log_(&log), told_(&told) {}

  void explain(const std::deque<request>& requests);

private:
  /// A fence that is active, as far as its answers say.
  struct fence {
    const request* begun;
    model trial;
    std::vector<model::verdict> accepted;
    std::vector<event_seq> seqs; ///< of those
    event_seq base;
    bool may_be_over = false;  ///< its client was killed, or nobody knows whether it was cancelled
    bool is_uncertain = false; ///< what of it is there is not known
  };

  void explain_all();
  bool choose_again();
  bool is_of(const request& x, const actors::recorded_event& event);
  void claim(const std::deque<request>& requests);
  void explain(const request& x);
  void explain_answered_batch(const request& x, model& on, std::optional<event_seq> base,
                              std::vector<model::verdict>* accepted);
  void explain_atomic(const request& x, model& on, std::optional<event_seq> base,
                      std::vector<model::verdict>* accepted);
  void explain_unknown(const request& x);
  void explain_unknown_atomic(const request& x);
  void explain_rehearsal(const request& x);
  void explain_submit(const request& x);
  void explain_commit(const request& x);
  void end_fence(const request& by);
  bool check_fence(const request& x);

  void check_answer(const request& x, std::size_t item, const model::verdict& expected,
                    const model& on, bool behind_fence);
  void take(const model& after, event_seq from);
  bool log_has(const actors::recorded_event& x) const;
  void check_event(const actors::recorded_event& mine, const actors::recorded_event& of_log);
  void violation(const std::string& text);

  model* model_;
  const std::vector<actors::recorded_event>* log_;
  trace* told_;
  std::set<std::uint64_t> claimed_; ///< events that somebody has a receipt of
  std::optional<fence> fence_;
  const std::deque<request>* requests_ = nullptr;
  std::vector<bool> choices_; ///< whether an event is the earlier request's, in this attempt
  std::size_t choices_made_ = 0;
  std::optional<std::string> wrong_; ///< with this attempt
};

/// Whether the same was written.
bool same_event(const actors::recorded_event& x, const actors::recorded_event& y);

/// The first difference between two receipts in words; empty when there is none.
std::string difference(const ledger::receipt& expected, const ledger::receipt& found);

} // namespace daybook::simulation
