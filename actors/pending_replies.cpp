#include "actors/pending_replies.hpp"

#include "actors/errors.hpp"

#include <algorithm>
#include <numeric>

namespace daybook::actors {

namespace {

void answer(single_promise& promise, outcome x) {
  if (auto* accepted = std::get_if<ledger::receipt>(&x))
    promise.deliver(std::move(*accepted));
  else
    promise.deliver(to_caf(std::move(std::get<error>(x))));
}

void answer(single_promise& promise, std::vector<outcome> xs) {
  answer(promise, std::move(xs.front()));
}

void answer(many_promise& promise, std::vector<outcome> xs) { promise.deliver(std::move(xs)); }

void answer(receipts_promise& promise, std::vector<outcome> xs) {
  std::vector<ledger::receipt> receipts;
  receipts.reserve(xs.size());
  for (auto& x : xs)
    if (auto* accepted = std::get_if<ledger::receipt>(&x))
      receipts.push_back(std::move(*accepted));
  promise.deliver(std::move(receipts));
}

/// The outcomes of writes that were decided; of the repeats, where they belong.
incomplete_reply resolve(reply_promise promise, std::vector<verdict> decided,
                         const ledger::book_machine& machine) {
  incomplete_reply reply{std::move(promise), {}, {}, {}};
  reply.outcomes.reserve(decided.size());
  for (auto& x : decided) {
    if (x.is_repeat()) {
      reply.missing.push_back(reply.outcomes.size());
      reply.events.push_back(x.seq());
      reply.outcomes.emplace_back();
    } else {
      reply.outcomes.push_back(std::move(x).resolve(machine));
    }
  }
  return reply;
}

} // namespace

verdict::verdict(result<ledger::staged> x) {
  if (x)
    staged_ = *x;
  else
    ready_ = std::make_unique<outcome>(std::move(x.error()));
}

commit_outcome verdict::outcome_class() const {
  if (!ready_)
    return staged_.deduplicated ? commit_outcome::deduplicated : commit_outcome::accepted;
  auto* refusal = std::get_if<error>(ready_.get());
  return refusal ? outcome_of(*refusal) : commit_outcome::accepted;
}

outcome verdict::resolve(const ledger::book_machine& machine) && {
  return ready_ ? std::move(*ready_) : outcome{machine.receipt_of(staged_)};
}

void deliver(reply_promise& promise, std::vector<outcome> outcomes) {
  std::visit([&](auto& x) { answer(x, std::move(outcomes)); }, promise);
}

void refuse(reply_promise& promise, const error& reason) {
  std::visit([&](auto& x) { x.deliver(to_caf(reason)); }, promise);
}

void pending_replies::add(single_promise promise, verdict x) {
  ++items_;
  count(x.outcome_class());
  waiting_.emplace_back(single{std::move(promise), std::move(x)});
}

void pending_replies::add(reply_promise promise, std::vector<verdict> xs, counted how) {
  items_ += xs.size();
  if (how == counted::yes)
    for (auto& x : xs)
      count(x.outcome_class());
  waiting_.emplace_back(many{std::move(promise), std::move(xs)});
}

void pending_replies::add(reply_promise promise, error refused, counted how) {
  ++items_;
  if (how == counted::yes)
    count(outcome_of(refused));
  waiting_.emplace_back(refusal{std::move(promise), std::move(refused)});
}

std::vector<incomplete_reply> pending_replies::release(const ledger::book_machine& machine) {
  std::vector<incomplete_reply> incomplete;
  for (auto& waiting : waiting_) {
    if (auto* refused = std::get_if<refusal>(&waiting)) {
      refuse(refused->promise, refused->reason);
      continue;
    }
    auto* one = std::get_if<single>(&waiting);
    if (one && !one->decided.is_repeat()) {
      answer(one->promise, std::move(one->decided).resolve(machine));
      continue;
    }
    incomplete_reply reply;
    if (one) {
      std::vector<verdict> alone;
      alone.push_back(std::move(one->decided));
      reply = resolve(std::move(one->promise), std::move(alone), machine);
    } else {
      auto& [promise, decided] = std::get<many>(waiting);
      reply = resolve(std::move(promise), std::move(decided), machine);
    }
    if (reply.missing.empty())
      deliver(reply.promise, std::move(reply.outcomes));
    else
      incomplete.push_back(std::move(reply));
  }
  clear();
  return incomplete;
}

void pending_replies::fail(const error& reason, const error& of_repeats) {
  for (auto& waiting : waiting_) {
    if (auto* one = std::get_if<single>(&waiting)) {
      one->promise.deliver(to_caf(one->decided.is_repeat() ? of_repeats : reason));
    } else if (auto* several = std::get_if<many>(&waiting)) {
      auto repeats = std::ranges::any_of(several->decided, &verdict::is_repeat);
      refuse(several->promise, repeats ? of_repeats : reason);
    } else {
      refuse(std::get<refusal>(waiting).promise, reason);
    }
  }
  clear();
}

std::size_t pending_replies::writes() const {
  return std::accumulate(outcomes_.begin(), outcomes_.end(), std::size_t{0});
}

void pending_replies::clear() {
  waiting_.clear();
  items_ = 0;
  outcomes_ = {};
}

} // namespace daybook::actors
