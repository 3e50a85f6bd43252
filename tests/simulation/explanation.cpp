#include "tests/simulation/explanation.hpp"

#include "tests/simulation/reopening.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::simulation {

using actors::recorded_event;

namespace {

/// An item of a message that found no room, or a book that is not written, or whose index could not
/// be asked.
bool is_passed_over(const error& x) {
  return x.code() == ec::overloaded || x.code() == ec::io || x.code() == ec::failed ||
         x.code() == ec::no_space ||
         (x.code() == ec::limit_exceeded &&
          (x.get("what") == "events" || x.get("what") == "bytes"));
}

bool is_without_answer(const request& x) {
  return !x.is_answered || (x.failed && is_unknown(x.failed->code()));
}

/// By its key where it has one, else by all that it says.
bool asks_for(const ledger::write& x, const recorded_event& event) {
  if (auto* key = key_of(x.what)) {
    auto* posted = std::get_if<ledger::transaction>(&event.content);
    return posted && posted->key == *key;
  }
  return describe(x) == describe(ledger::write{event.content});
}

std::string name(const request& x) { return describe(x) + " -> " + describe_answer(x); }

} // namespace

bool same_event(const recorded_event& x, const recorded_event& y) {
  return x.content == y.content && x.correlation_id == y.correlation_id &&
         x.causation_id == y.causation_id;
}

std::string difference(const ledger::receipt& expected, const ledger::receipt& found) {
  auto say = [](const char* what, auto x, auto y) {
    return fmt::format("{} is {} and should be {}", what, y, x);
  };
  if (expected.id != found.id)
    return say("id", to_string(expected.id), to_string(found.id));
  if (expected.deduplicated != found.deduplicated)
    return say("deduplicated", expected.deduplicated, found.deduplicated);
  if (expected.epoch != found.epoch)
    return say("epoch", expected.epoch.value(), found.epoch.value());
  if (expected.committed_at != found.committed_at)
    return say("committed_at", expected.committed_at.us(), found.committed_at.us());
  if (expected.chain != found.chain)
    return "the chain hash differs";
  if (expected.balances != found.balances)
    return "the balances differ";
  return {};
}

void explanation::violation(const std::string& text) {
  if (!wrong_)
    wrong_ = text;
}

void explanation::explain(const std::deque<request>& requests) {
  constexpr auto attempts_max = 1000;
  requests_ = &requests;
  claim(requests);
  auto known = *model_;
  std::optional<std::string> first;
  for (auto attempts = 0; attempts < attempts_max; ++attempts) {
    explain_all();
    if (!wrong_)
      return;
    first = first.value_or(*wrong_);
    if (!choose_again())
      break;
    *model_ = known;
  }
  told_->violation(*first);
}

void explanation::explain_all() {
  wrong_.reset();
  fence_.reset();
  choices_made_ = 0;
  for (auto& x : *requests_) {
    if (wrong_)
      return;
    explain(x);
  }
  if (!wrong_ && model_->last().value() < log_->size())
    violation(
        fmt::format("event {} is in the log, and nobody wrote it", model_->last().next().value()));
}

// -- whose event it is --------------------------------------------------------------------------

/// The last event that was taken for an earlier request's is a later one's. False when all were
/// looked at so.
bool explanation::choose_again() {
  while (!choices_.empty() && !choices_.back())
    choices_.pop_back();
  if (choices_.empty())
    return false;
  choices_.back() = false;
  return true;
}

/// Whether an event is of a request without an answer, and not of another one that asks for the
/// same. Who asked for what is in the log cannot be seen there, and what was answered between the
/// two can depend on it.
bool explanation::is_of(const request& x, const recorded_event& event) {
  if (!log_has(event))
    return false;
  auto asks_for_it = [&](const request& other) {
    return &other != &x && is_without_answer(other) &&
           std::ranges::any_of(other.items, [&](auto& item) { return asks_for(item, event); });
  };
  if (std::ranges::none_of(*requests_, asks_for_it))
    return true;
  if (choices_made_ == choices_.size())
    choices_.push_back(true);
  return choices_[choices_made_++];
}

/// Who has a receipt of an event wrote it; a request without an answer did not.
void explanation::claim(const std::deque<request>& requests) {
  for (auto& x : requests)
    if (x.how != form::rehearsal && x.how != form::submit)
      for (auto& outcome : x.outcomes)
        if (auto* receipt = std::get_if<ledger::receipt>(&outcome);
            receipt && !receipt->deduplicated)
          claimed_.insert(receipt->id.seq.value());
}

void explanation::explain(const request& x) {
  if (fence_ && fence_->begun->asked.incarnation < x.asked.incarnation)
    fence_.reset(); // it ended with its book
  switch (x.how) {
  case form::begin_fence:
    if (!x.is_answered || x.failed)
      return;
    end_fence(x);
    fence_ = fence{&x, *model_, {}, {}, model_->last(), false, false};
    return;
  case form::submit:
    return explain_submit(x);
  case form::commit_fence:
    return explain_commit(x);
  case form::cancel_fence:
    if (fence_ && fence_->begun->began == x.fence &&
        (!x.is_answered || is_unknown(x.failed ? x.failed->code() : ec::not_found)))
      fence_->may_be_over = true;
    if (x.is_answered && (!x.failed || x.failed->code() == ec::restarting))
      fence_.reset();
    return;
  case form::rehearsal:
    return explain_rehearsal(x);
  default:
    break;
  }
  if (is_without_answer(x))
    return explain_unknown(x);
  if (x.failed && is_turned_away(x.failed->code()))
    return;
  if (x.failed && !x.atomic)
    return violation("a message fails without a reason: " + name(x));
  end_fence(x);
  if (x.atomic)
    explain_atomic(x, *model_, std::nullopt, nullptr);
  else
    explain_answered_batch(x, *model_, std::nullopt, nullptr);
}

/// A write was judged beside a fence, so the fence must have ended before.
void explanation::end_fence(const request& by) {
  if (!fence_)
    return;
  auto& begun = *fence_->begun;
  // Its time runs from some moment between its request and the answer.
  auto timed_out = by.answered_us >= begun.arrived_us + begun.timeout_us;
  if (!timed_out && !fence_->may_be_over && !begun.is_orphaned)
    violation("judged while a fence is active: " + name(by));
  fence_.reset();
}

// -- what was answered --------------------------------------------------------------------------

void explanation::explain_answered_batch(const request& x, model& on, std::optional<event_seq> base,
                                         std::vector<model::verdict>* accepted) {
  if (x.outcomes.size() != x.items.size())
    return violation("another number of answers: " + name(x));
  auto before = on.last();
  for (std::size_t i = 0; i < x.items.size(); ++i) {
    auto* refused = std::get_if<error>(&x.outcomes[i]);
    if (refused && is_passed_over(*refused))
      continue;
    auto expected = on.judge(x.items[i]);
    if (expected.is_new())
      on.add(x.items[i], base && on.last() > *base);
    if (!base)
      take(on, before);
    before = on.last();
    if (wrong_)
      return;
    check_answer(x, i, expected, on, base.has_value());
    if (accepted && !expected.refusal) {
      accepted->push_back(expected);
      fence_->seqs.push_back(expected.repeats.value_or(on.last()));
    }
  }
}

void explanation::explain_atomic(const request& x, model& on, std::optional<event_seq> base,
                                 std::vector<model::verdict>* accepted) {
  if (x.failed && is_passed_over(*x.failed) && x.failed->get("item").empty())
    return;
  auto before = on.last();
  auto verdict = on.play_atomic(x.items, base);
  if (auto* refused = std::get_if<model::batch_refusal>(&verdict)) {
    auto item = refused->item ? std::to_string(*refused->item) : "";
    if (!x.failed || x.failed->code() != refused->code || x.failed->get("item") != item)
      violation(fmt::format("should be refused with {} at item {}: {}", to_string(refused->code),
                            item, name(x)));
    return;
  }
  if (x.failed)
    return violation("should be accepted: " + name(x));
  if (!base)
    take(on, before);
  auto& verdicts = std::get<std::vector<model::verdict>>(verdict);
  auto seq = before;
  for (std::size_t i = 0; i < verdicts.size() && !wrong_; ++i) {
    // The model is at the batch's end; a receipt is of its own event.
    if (verdicts[i].is_new())
      seq = seq.next();
    if (x.outcomes.size() != verdicts.size())
      return violation("another number of answers: " + name(x));
    auto* receipt = std::get_if<ledger::receipt>(&x.outcomes[i]);
    if (!receipt)
      return violation("an item of an accepted batch is refused: " + name(x));
    auto of = verdicts[i].repeats.value_or(seq);
    if (base && of > *base) {
      if (receipt->id.seq != event_seq{} || receipt->deduplicated == verdicts[i].is_new())
        violation("a receipt from behind a fence is wrong: " + name(x));
    } else {
      auto expected = on.event_at(of).receipt;
      expected.deduplicated = verdicts[i].repeats.has_value();
      if (auto differs = difference(expected, *receipt); !differs.empty())
        violation(fmt::format("the receipt of item {} is wrong: {}: {}", i, differs, name(x)));
    }
    if (accepted) {
      accepted->push_back(verdicts[i]);
      fence_->seqs.push_back(of);
    }
  }
}

void explanation::check_answer(const request& x, std::size_t item, const model::verdict& expected,
                               const model& on, bool behind_fence) {
  auto& outcome = x.outcomes[item];
  auto* refused = std::get_if<error>(&outcome);
  if (expected.refusal) {
    if (!refused || refused->code() != *expected.refusal)
      violation(fmt::format("item {} should be refused with {}: {}", item,
                            to_string(*expected.refusal), name(x)));
    return;
  }
  if (refused)
    return violation(fmt::format("item {} should be accepted: {}", item, name(x)));
  auto& receipt = std::get<ledger::receipt>(outcome);
  auto of = expected.repeats.value_or(on.last());
  if (behind_fence && of > fence_->base) {
    if (receipt.id.seq != event_seq{} || receipt.deduplicated == expected.is_new())
      violation("a receipt from behind a fence is wrong: " + name(x));
    return;
  }
  auto first = on.event_at(of).receipt;
  first.deduplicated = expected.repeats.has_value();
  if (auto differs = difference(first, receipt); !differs.empty())
    violation(fmt::format("the receipt of item {} is wrong: {}: {}", item, differs, name(x)));
}

/// Events that the model has come to have must be in the log as the model has them; what only the
/// book decides of them is taken from there.
void explanation::take(const model& after, event_seq from) {
  for (auto seq = from.next(); seq <= after.last(); seq = seq.next()) {
    if (seq.value() > log_->size())
      return violation(fmt::format("event {} was acknowledged, and the log ends at {}", seq.value(),
                                   log_->size()));
    auto& of_log = (*log_)[seq.value() - 1];
    check_event(after.event_at(seq), of_log);
    model_->settle(of_log.receipt);
  }
}

void explanation::check_event(const recorded_event& mine, const recorded_event& of_log) {
  auto seq = mine.receipt.id.seq.value();
  if (mine.receipt.id != of_log.receipt.id)
    return violation(fmt::format("event {} has another id in the log", seq));
  if (!same_event(mine, of_log))
    return violation(fmt::format("event {} is another one in the log: {} and not {}", seq,
                                 describe(ledger::write{of_log.content}),
                                 describe(ledger::write{mine.content})));
  if (mine.joined != of_log.joined)
    violation(fmt::format("event {} {} joined to the one before it", seq,
                          of_log.joined ? "should not be" : "should be"));
}

// -- what nobody knows --------------------------------------------------------------------------

bool explanation::log_has(const recorded_event& x) const {
  auto seq = x.receipt.id.seq.value();
  return seq <= log_->size() && !claimed_.contains(seq) && same_event(x, (*log_)[seq - 1]);
}

void explanation::explain_unknown(const request& x) {
  if (x.atomic)
    return explain_unknown_atomic(x);
  for (auto& item : x.items) {
    if (!model_->judge(item).is_new())
      continue;
    auto trial = *model_;
    if (!is_of(x, trial.add(item, false)))
      continue;
    auto before = model_->last();
    *model_ = std::move(trial);
    take(*model_, before);
  }
}

void explanation::explain_unknown_atomic(const request& x) {
  auto trial = *model_;
  auto before = trial.last();
  auto verdict = trial.play_atomic(x.items);
  if (!std::holds_alternative<std::vector<model::verdict>>(verdict) || trial.last() == before)
    return;
  if (!is_of(x, trial.event_at(before.next())))
    return;
  *model_ = std::move(trial);
  take(*model_, before);
}

// -- writes that may never be -------------------------------------------------------------------

void explanation::explain_rehearsal(const request& x) {
  if (!x.is_answered || x.failed) {
    auto expected =
        x.is_answered && (is_unknown(x.failed->code()) || is_turned_away(x.failed->code()));
    if (x.is_answered && !expected && !x.atomic)
      violation("a rehearsal fails without a reason: " + name(x));
    if (!x.is_answered || expected)
      return;
  }
  end_fence(x);
  auto trial = *model_;
  auto before = trial.last();
  auto check = [&](std::size_t i, const model::verdict& expected, event_seq of) {
    auto* receipt = std::get_if<ledger::receipt>(&x.outcomes[i]);
    if (!receipt)
      return violation(fmt::format("item {} should pass: {}", i, name(x)));
    auto first = trial.event_at(of).receipt;
    first.deduplicated = expected.repeats.has_value();
    if (of > before) {
      first.epoch = receipt->epoch;
      first.committed_at = receipt->committed_at;
    }
    if (auto differs = difference(first, *receipt); !differs.empty())
      violation(fmt::format("the rehearsal of item {} is wrong: {}: {}", i, differs, name(x)));
  };
  if (x.atomic) {
    if (x.failed && is_passed_over(*x.failed) && x.failed->get("item").empty())
      return;
    auto verdict = trial.play_atomic(x.items);
    auto* refused = std::get_if<model::batch_refusal>(&verdict);
    if ((refused != nullptr) != x.failed.has_value() ||
        (refused && refused->code != x.failed->code()))
      return violation("a rehearsal comes to another end: " + name(x));
    if (refused)
      return;
    auto seq = before;
    auto& verdicts = std::get<std::vector<model::verdict>>(verdict);
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      if (verdicts[i].is_new())
        seq = seq.next();
      check(i, verdicts[i], verdicts[i].repeats.value_or(seq));
    }
    return;
  }
  for (std::size_t i = 0; i < x.items.size(); ++i) {
    auto* refused = std::get_if<error>(&x.outcomes[i]);
    if (refused && is_passed_over(*refused))
      continue;
    auto expected = trial.judge(x.items[i]);
    if (expected.is_new())
      trial.add(x.items[i], false);
    if (expected.refusal) {
      if (!refused || refused->code() != *expected.refusal)
        violation(fmt::format("item {} should be refused with {}: {}", i,
                              to_string(*expected.refusal), name(x)));
      continue;
    }
    check(i, expected, expected.repeats.value_or(trial.last()));
  }
}

/// Whether the request is one of the active fence.
bool explanation::check_fence(const request& x) {
  if (fence_ && fence_->begun->began == x.fence)
    return true;
  violation("answered behind a fence that is not there: " + name(x));
  return false;
}

void explanation::explain_submit(const request& x) {
  if (is_without_answer(x)) {
    // It may be there, and those behind it were judged with it. Nobody commits such a fence.
    if (fence_ && fence_->begun->began == x.fence)
      fence_->is_uncertain = true;
    return;
  }
  if (x.failed && is_turned_away(x.failed->code()))
    return;
  if (fence_ && fence_->begun->began == x.fence && fence_->is_uncertain)
    return;
  // What ended it comes later here, when this had to wait for facts; who writes next tells.
  if (x.failed && x.failed->code() == ec::not_found && x.failed->get("what") == "fence")
    return;
  if (x.failed && !x.atomic && is_passed_over(*x.failed))
    return;
  if (x.failed && !x.atomic)
    return violation("a submission fails without a reason: " + name(x));
  if (!check_fence(x))
    return;
  if (x.atomic)
    explain_atomic(x, fence_->trial, fence_->base, &fence_->accepted);
  else
    explain_answered_batch(x, fence_->trial, fence_->base, &fence_->accepted);
}

void explanation::explain_commit(const request& x) {
  if (is_without_answer(x)) {
    if (!fence_ || fence_->begun->began != x.fence)
      return;
    auto before = model_->last();
    if (fence_->trial.last() > before && is_of(x, fence_->trial.event_at(before.next()))) {
      *model_ = fence_->trial;
      take(*model_, before);
    }
    fence_.reset();
    return;
  }
  if (x.failed && x.failed->code() == ec::not_found) {
    if (fence_ && fence_->begun->began == x.fence)
      end_fence(x);
    return;
  }
  if (x.failed && x.failed->code() == ec::busy)
    return;
  if (x.failed && x.failed->code() == ec::restarting)
    return fence_.reset(); // it ended with its book
  if (x.failed)
    return violation("a fence's commit fails without a reason: " + name(x));
  if (!check_fence(x))
    return;
  auto before = model_->last();
  *model_ = fence_->trial;
  take(*model_, before);
  if (x.outcomes.size() != fence_->accepted.size())
    return violation("another number of receipts: " + name(x));
  for (std::size_t i = 0; i < x.outcomes.size(); ++i) {
    auto expected = model_->event_at(fence_->seqs[i]).receipt;
    expected.deduplicated = fence_->accepted[i].repeats.has_value();
    auto differs = difference(expected, std::get<ledger::receipt>(x.outcomes[i]));
    if (!differs.empty())
      violation(fmt::format("receipt {} of a fence is wrong: {}: {}", i, differs, name(x)));
  }
  fence_.reset();
}

} // namespace daybook::simulation
