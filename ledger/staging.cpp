// The part of the book machine that judges writes other than transactions.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/refusal.hpp"
#include "ledger/validation.hpp"

#include <string>
#include <utility>

namespace daybook::ledger {

namespace {

staged duplicate_of(event_seq first) { return {.seq = first, .deduplicated = true}; }

} // namespace

result<staged> book_machine::stage(const command& x, const facts& known) {
  return decide(x, {}, known);
}

result<staged> book_machine::stage(const write& x, const facts& known) {
  if (x.caused_by)
    return fail(not_an_item_before());
  return decide(x.what, {x.correlation_id, x.causation_id, x.conditions}, known);
}

result<staged> book_machine::decide(const command& x, const circumstances& said,
                                    const facts& known) {
  return std::visit([&](auto& y) { return decide(y, said, known); }, x);
}

// -- definitions ---------------------------------------------------------------------------------

result<staged> book_machine::decide(const asset_definition& x, const circumstances& said,
                                    const facts&) {
  if (auto ok = check_asset(x); !ok)
    return fail(std::move(ok.error()));
  if (auto n = chart_->find_asset(x.id)) {
    auto& present = (*chart_)[*n];
    if (present.definition != x)
      return fail(already_exists(present.definition, x));
    return duplicate_of(present.registered_at);
  }
  auto links = check(said);
  if (!links)
    return fail(std::move(links.error()));
  add_asset(x, staged_.seq.next());
  definition_event_ = asset_registered{x, *std::move(links)};
  return accept(definition_event_);
}

result<staged> book_machine::decide(const account_definition& x, const circumstances& said,
                                    const facts&) {
  auto resolved = resolve_account(x, *chart_);
  if (!resolved)
    return fail(std::move(resolved.error()));
  if (auto n = chart_->find_account(x.path)) {
    if (auto present = chart_->definition_of(*n); present != *resolved)
      return fail(already_exists(present, *resolved));
    return duplicate_of((*chart_)[*n].opened_at);
  }
  auto links = check(said);
  if (!links)
    return fail(std::move(links.error()));
  add_account(*resolved, staged_.seq.next());
  definition_event_ = account_opened{*std::move(resolved), *std::move(links)};
  return accept(definition_event_);
}

void book_machine::add_asset(const asset_definition& x, event_seq seq) {
  balances_.add(chart_->add(asset_entry{x, seq}));
}

void book_machine::add_account(const account_definition& x, event_seq seq) {
  auto added = add_if_new(x, *chart_->find_asset(x.asset), seq);
  DAYBOOK_INVARIANT(added);
}

/// False when there is an account with that path.
bool book_machine::add_if_new(const account_definition& x, asset_no asset, event_seq seq) {
  auto next = chart_->next_account();
  auto is_new = chart_->add(x, asset, seq);
  if (is_new)
    balances_.add(next);
  return is_new;
}

// -- closing and reopening -----------------------------------------------------------------------

result<staged> book_machine::decide(const account_closing& x, const circumstances& said,
                                    const facts&) {
  auto n = find_staged(x.path);
  if (!n)
    return fail(std::move(n.error()));
  if (auto present = lifecycles_.staged(*n); present.closed)
    return duplicate_of(present.changed_at);
  auto links = check(said);
  if (!links)
    return fail(std::move(links.error()));
  auto value = balances_.staged(*n).value;
  if (!value.is_zero() && !x.even_with_balance) {
    auto precision = chart_->asset_of(*n).definition.precision;
    return fail(condition_failed({.condition = "zero_balance",
                                  .account = x.path,
                                  .expected = to_decimal(amount{}, precision),
                                  .found = to_decimal(value, precision)}));
  }
  stage_lifecycle(*n, true);
  definition_event_ = account_closed{*n, *std::move(links)};
  return accept(definition_event_);
}

result<staged> book_machine::decide(const account_reopening& x, const circumstances& said,
                                    const facts&) {
  auto n = find_staged(x.path);
  if (!n)
    return fail(std::move(n.error()));
  auto present = lifecycles_.staged(*n);
  if (!present.closed)
    return duplicate_of(present == lifecycle{} ? (*chart_)[*n].opened_at : present.changed_at);
  auto links = check(said);
  if (!links)
    return fail(std::move(links.error()));
  stage_lifecycle(*n, false);
  definition_event_ = account_reopened{*n, *std::move(links)};
  return accept(definition_event_);
}

void book_machine::stage_lifecycle(account_no n, bool closed) {
  lifecycles_.stage(n, {closed, staged_.seq.next()});
  balances_.set_closed(n, closed);
}

// -- what they share -----------------------------------------------------------------------------

result<event_links> book_machine::check(const circumstances& said) const {
  if (auto ok = check(said.conditions); !ok)
    return fail(std::move(ok.error()));
  if (auto ok = check_links(said.correlation_id, said.causation_id); !ok)
    return fail(std::move(ok.error()));
  return event_links{std::string{said.correlation_id}, std::string{said.causation_id}};
}

result<account_no> book_machine::find_staged(std::string_view path) const {
  if (auto n = chart_->find_account(path))
    return *n;
  return fail(unknown_account(path));
}

/// Numbers the event, whose effects are staged.
staged book_machine::accept(const event& x) {
  auto joined = !units_.empty() && staged_.seq > units_.front().staged.seq;
  staged_ = position_after(staged_.seq);
  return {.seq = staged_.seq, .joined = joined, .to_append = &x};
}

} // namespace daybook::ledger
