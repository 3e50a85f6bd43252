// The part of the book machine that stages several writes as one, and takes back what was staged.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/refusal.hpp"
#include "ledger/validation.hpp"

#include <string>
#include <utility>

namespace daybook::ledger {

namespace {

tl::unexpected<error> at_item(std::size_t item, error reason) {
  return fail(std::move(reason).with("item", std::to_string(item)));
}

} // namespace

// -- units ---------------------------------------------------------------------------------------

void book_machine::open_unit() {
  units_.push_back({staged_, balances_.set_mark(), lifecycles_.mark(), unit_keys_.size()});
}

void book_machine::close_unit() {
  DAYBOOK_INVARIANT(!units_.empty());
  units_.pop_back();
  if (!units_.empty())
    return;
  balances_.forget_marks();
  unit_keys_.clear();
  end_hurried_generation();
}

void book_machine::undo_unit() {
  DAYBOOK_INVARIANT(!units_.empty());
  auto& start = units_.back();
  lifecycles_.undo_to(start.lifecycles_mark, [this](account_no n, const lifecycle& before) {
    balances_.set_closed(n, before.closed);
  });
  balances_.undo_to(start.balances_mark);
  chart_->truncate(start.staged.assets, start.staged.accounts);
  for (; unit_keys_.size() > start.keys; unit_keys_.pop_back())
    keys_.remove(unit_keys_.back());
  staged_ = start.staged;
  close_unit();
}

// -- atomic batches ------------------------------------------------------------------------------

result<std::vector<staged>> book_machine::stage_all(std::span<const write> items,
                                                    const facts& known, const event_sink& sink) {
  if (items.empty())
    return fail(no_items());
  auto first_known = find_known(items, known);
  if (!first_known)
    return fail(std::move(first_known.error()));
  // What was accepted once stays accepted, also when the limit was lowered since.
  if (!*first_known && items.size() > bounds_.atomic_items_max)
    return fail(too_many_items(items.size(), bounds_.atomic_items_max));
  expect_originals(items);
  auto answers = stage_items(items, *first_known, known, sink);
  originals_.clear();
  return answers;
}

result<std::vector<staged>> book_machine::stage_items(std::span<const write> items,
                                                      const std::optional<known_item>& first_known,
                                                      const facts& known, const event_sink& sink) {
  std::vector<staged> answers;
  answers.reserve(items.size());
  auto first = first_known ? first_events(items, known) : std::vector<event_seq>{};
  open_unit();
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto answer = stage_item(items, answers, first, known);
    if (answer && first_known && !answer->deduplicated)
      answer = fail(partly_known(first_known->key, first_known->seq));
    if (!answer) {
      undo_unit();
      return at_item(i, std::move(answer.error()));
    }
    if (auto* event = std::exchange(answer->to_append, nullptr))
      sink(*event, answer->joined);
    answers.push_back(*answer);
  }
  close_unit();
  return answers;
}

/// The first item whose key is known, if then all are; nothing if none is.
result<std::optional<book_machine::known_item>>
book_machine::find_known(std::span<const write> items, const facts& known) const {
  std::optional<known_item> first;
  auto any_is_new = false;
  absl::flat_hash_map<hash128, std::size_t> item_of;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto* key = key_of(items[i].what);
    if (!key)
      continue;
    if (auto ok = check_label("key", *key); !ok)
      return at_item(i, std::move(ok.error()));
    auto hash = keys_.hash_of(*key);
    if (auto [other, is_first] = item_of.emplace(hash, i); !is_first)
      return fail(key_repeated(*key, other->second, i));
    auto* use = find_use(hash, known);
    if (!use)
      any_is_new = true;
    else if (!first)
      first = known_item{i, *key, use->seq};
  }
  if (first && any_is_new)
    return at_item(first->item, partly_known(first->key, first->seq));
  return first;
}

/// The next of the items: `before` are the answers of those before it, `first` the events of all of
/// them in a batch that is repeated.
result<staged> book_machine::stage_item(std::span<const write> items,
                                        std::span<const staged> before,
                                        std::span<const event_seq> first, const facts& known) {
  auto& x = items[before.size()];
  circumstances said{x.correlation_id, x.causation_id, x.conditions};
  std::string cause;
  if (x.caused_by) {
    if (*x.caused_by >= before.size())
      return fail(not_an_item_before());
    // Part of what the key stands for: a replay comes to the same one, for answers never change.
    cause = to_string(transaction_id{id_, before[*x.caused_by].seq});
    if (!x.causation_id.empty() && x.causation_id != cause)
      return fail(links_differ("causation_id"));
    said.causation_id = cause;
  }
  return first.empty() ? decide(x.what, said, known)
                       : repeat(x.what, first[before.size()], said, known);
}

// -- originals -----------------------------------------------------------------------------------

/// From here on `post` keeps the postings of what this wants to take back and is not durable yet:
/// it may be posted by an item before it.
void book_machine::expect_original_of(const command& x) {
  if (auto* asked = std::get_if<transaction>(&x); asked && asked->reverses > durable_.seq)
    originals_.try_emplace(asked->reverses);
}

void book_machine::expect_originals(std::span<const write> items) {
  originals_.clear();
  for (auto& x : items)
    expect_original_of(x.what);
}

void book_machine::expect_originals(std::span<const command> items) {
  originals_.clear();
  for (auto& x : items)
    expect_original_of(x);
}

// -- rehearsals ----------------------------------------------------------------------------------

std::vector<result<rehearsed>> book_machine::rehearse(std::span<const write> items, bool atomic,
                                                      const facts& known, const event_sink& sink,
                                                      const std::function<result<void>()>& admit) {
  std::vector<result<rehearsed>> found;
  open_unit();
  if (!atomic) {
    found.reserve(items.size());
    each_of_message(items, [&](const write& x) {
      auto answer = admit().and_then([&] { return stage(x, known); });
      if (answer && answer->to_append)
        sink(*answer->to_append, false);
      found.push_back(answer.map([this](const staged& y) { return rehearsal_of(y); }));
    });
  } else if (auto all = stage_all(items, known, sink); all) {
    for (auto& x : *all)
      found.emplace_back(rehearsal_of(x));
  } else {
    found.emplace_back(fail(std::move(all.error())));
  }
  undo_unit();
  return found;
}

rehearsed book_machine::rehearsal_of(const staged& x) const {
  return {x.seq, x.deduplicated, balances_.staged_log({x.first_balance, x.balances})};
}

} // namespace daybook::ledger
