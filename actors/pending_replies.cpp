#include "actors/pending_replies.hpp"

#include "actors/errors.hpp"

namespace daybook::actors {

namespace {

void deliver(pending_replies::single_promise& promise, outcome x) {
  if (auto* accepted = std::get_if<ledger::receipt>(&x))
    promise.deliver(std::move(*accepted));
  else
    promise.deliver(to_caf(std::move(std::get<error>(x))));
}

} // namespace

verdict::verdict(result<ledger::staged> x) {
  if (x) {
    seq_ = x->seq;
    deduplicated_ = x->deduplicated;
  } else {
    refused_ = std::make_unique<error>(std::move(x.error()));
  }
}

outcome verdict::resolve(const ledger::book_machine& machine) && {
  if (refused_)
    return std::move(*refused_);
  return machine.receipt_of(seq_, deduplicated_);
}

void pending_replies::add(single_promise promise, verdict x) {
  ++items_;
  waiting_.emplace_back(single{std::move(promise), std::move(x)});
}

void pending_replies::add(many_promise promise, std::vector<verdict> xs) {
  items_ += xs.size();
  waiting_.emplace_back(many{std::move(promise), std::move(xs)});
}

void pending_replies::release(const ledger::book_machine& machine) {
  for (auto& waiting : waiting_) {
    if (auto* one = std::get_if<single>(&waiting)) {
      deliver(one->promise, std::move(one->decided).resolve(machine));
      continue;
    }
    auto& [promise, decided] = std::get<many>(waiting);
    std::vector<outcome> outcomes;
    outcomes.reserve(decided.size());
    for (auto& x : decided)
      outcomes.push_back(std::move(x).resolve(machine));
    promise.deliver(std::move(outcomes));
  }
  waiting_.clear();
  items_ = 0;
}

void pending_replies::fail(const error& reason) {
  for (auto& waiting : waiting_)
    std::visit([&reason](auto& x) { x.promise.deliver(to_caf(reason)); }, waiting);
  waiting_.clear();
  items_ = 0;
}

} // namespace daybook::actors
