#include "ledger/book_machine.hpp"

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/refusal.hpp"
#include "ledger/validation.hpp"

#include <algorithm>
#include <utility>

namespace daybook::ledger {

namespace {

staged duplicate_of(event_seq first) { return {.seq = first, .deduplicated = true}; }

/// Assigns member by member, so that the memory of the last transaction is used again.
void copy_all_but_entries(const transaction& from, transaction_posted& to) {
  to.key = from.key;
  to.occurred_at = from.occurred_at;
  to.refs = from.refs;
  to.metadata = from.metadata;
  to.correlation_id = from.correlation_id;
  to.causation_id = from.causation_id;
}

} // namespace

book_machine::book_machine(book_id id, writer_epoch epoch, limits bounds)
    : id_(id), epoch_(epoch), bounds_(bounds) {}

book_machine::book_machine(limits bounds) : book_machine({}, {}, bounds) {}

void book_machine::start(book_id id, writer_epoch epoch) {
  id_ = id;
  epoch_ = epoch;
}

// -- writing -------------------------------------------------------------------------------------

result<staged> book_machine::stage(const command& x) {
  return std::visit([this](auto& y) { return stage(y); }, x);
}

result<staged> book_machine::stage(const asset_definition& x) {
  if (auto ok = check_asset(x); !ok)
    return fail(std::move(ok.error()));
  if (auto n = chart_->find_asset(x.id)) {
    auto& present = (*chart_)[*n];
    if (present.definition != x)
      return fail(already_exists(present.definition, x));
    return duplicate_of(present.registered_at);
  }
  add_asset(x, staged_.seq.next());
  definition_event_ = asset_registered{x};
  return accept(definition_event_);
}

result<staged> book_machine::stage(const account_definition& x) {
  auto resolved = resolve_account(x, *chart_);
  if (!resolved)
    return fail(std::move(resolved.error()));
  if (auto n = chart_->find_account(x.path)) {
    auto& present = (*chart_)[*n];
    if (present.definition != *resolved)
      return fail(already_exists(present.definition, *resolved));
    return duplicate_of(present.opened_at);
  }
  add_account(*resolved, staged_.seq.next());
  definition_event_ = account_opened{*std::move(resolved)};
  return accept(definition_event_);
}

// In this order, and the first that applies is the answer:
//
//  1. the key is a valid label                       invalid_name
//  2. the key is known: with the same content        the first transaction's seq, deduplicated
//                       with other content           idempotency_conflict
//  3. sizes, labels, metadata (`check_content`)      invalid_argument, limit_exceeded, invalid_name
//  4. per posting (`resolve_postings`): account      unknown_account
//                                       asset        unknown_asset, asset_mismatch
//                                       direction    invalid_argument
//                                       amount       invalid_amount
//  5. per asset (`balances::weigh`): its sums fit    overflow
//                                    and are equal   unbalanced
//  6. per account, all its postings taken together:  overflow, limit_exceeded
//  7. per asset, all transactions ever:              overflow
//
// The key comes before the sizes because limits may have changed since its first use.
result<staged> book_machine::stage(const transaction& x) {
  if (auto ok = check_label("key", x.key); !ok)
    return fail(std::move(ok.error()));
  auto key = idempotency_keys::hash_of(x.key);
  if (auto* first = keys_.find(key))
    return answer_known_key(x, *first);
  if (auto ok = check_content(x, bounds_); !ok)
    return fail(std::move(ok.error()));
  auto& posted = std::get<transaction_posted>(transaction_event_);
  if (auto ok = resolve_postings(x.postings, *chart_, posted.entries); !ok)
    return fail(std::move(ok.error()));
  if (auto found = balances_.weigh(posted.entries))
    return fail(explain(*found, *chart_));
  auto seq = staged_.seq.next();
  keys_.add(key, {seq, fingerprint_(content_of(x, posted.entries))});
  balances_.post(seq);
  copy_all_but_entries(x, posted);
  return accept(transaction_event_);
}

result<staged> book_machine::answer_known_key(const transaction& x, const first_use& first) {
  auto& entries = std::get<transaction_posted>(transaction_event_).entries;
  // Postings that cannot be resolved now could not be then, for accounts are never closed.
  if (!resolve_postings(x.postings, *chart_, entries) ||
      fingerprint_(content_of(x, entries)) != first.fingerprint)
    return fail(idempotency_conflict(x.key, first.seq));
  return duplicate_of(first.seq);
}

void book_machine::add_asset(const asset_definition& x, event_seq seq) {
  balances_.add(chart_->add(asset_entry{x, seq}));
}

void book_machine::add_account(const account_definition& x, event_seq seq) {
  balances_.add(chart_->add(account_entry{x, *chart_->find_asset(x.asset), seq}));
}

staged book_machine::accept(const event& x) {
  staged_ = position_after(staged_.seq);
  return {.seq = staged_.seq, .to_append = &x};
}

book_machine::position book_machine::position_after(event_seq seq) const {
  return {seq.next(), chart_->accounts(), chart_->assets()};
}

sealed_batch book_machine::seal(timestamp now) {
  DAYBOOK_CHECK(staged_events() > 0);
  DAYBOOK_CHECK(!has_sealed());
  sealed_at_ = batches_.empty() ? now : std::max(now, batches_.back().committed_at);
  sealed_batch sealed{durable_.seq.next(), staged_events(), sealed_at_};
  balances_.seal();
  sealed_ = staged_;
  return sealed;
}

void book_machine::mark_durable(const chain_hash& chain) {
  DAYBOOK_CHECK(has_sealed());
  batches_.push_back({durable_.seq.next(), epoch_, sealed_at_, chain});
  balances_.mark_durable();
  durable_ = sealed_;
}

// -- positions -----------------------------------------------------------------------------------

event_seq book_machine::staged_seq() const { return staged_.seq; }

event_seq book_machine::durable_seq() const { return durable_.seq; }

std::size_t book_machine::staged_events() const {
  return staged_.seq.value() - sealed_.seq.value();
}

bool book_machine::has_sealed() const { return sealed_.seq > durable_.seq; }

// -- reading -------------------------------------------------------------------------------------

receipt book_machine::receipt_of(event_seq seq, bool deduplicated) const {
  DAYBOOK_CHECK(seq > event_seq{} && seq <= durable_.seq);
  auto after = std::ranges::upper_bound(batches_, seq, {}, &batch_info::first_seq);
  auto& batch = *std::prev(after);
  return {{id_, seq}, batch.epoch, batch.committed_at, deduplicated, batch.chain};
}

result<account_no> book_machine::find_account(std::string_view path) const {
  auto n = chart_->find_account(path);
  if (!n || n->value() >= durable_.accounts)
    return fail(unknown_account(path));
  return *n;
}

result<asset_no> book_machine::find_asset(std::string_view id) const {
  auto n = chart_->find_asset(id);
  if (!n || n->value() >= durable_.assets)
    return fail(unknown_asset(id));
  return *n;
}

balance book_machine::balance_of(account_no n) const {
  DAYBOOK_CHECK(n.value() < durable_.accounts);
  return balances_.of(n);
}

std::size_t book_machine::accounts() const { return durable_.accounts; }

std::size_t book_machine::assets() const { return durable_.assets; }

std::vector<trial_balance_row> book_machine::trial_balance() const {
  return balances_.trial(durable_.assets, durable_.accounts);
}

} // namespace daybook::ledger
