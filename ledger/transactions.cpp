// The part of the book machine that judges transactions.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/refusal.hpp"
#include "ledger/validation.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace daybook::ledger {

namespace {

side opposite(side x) { return x == side::debit ? side::credit : side::debit; }

posted_entry mirrored(const posted_entry& x) { return {x.account, opposite(x.direction), x.value}; }

bool are_mirrored(std::span<const posted_entry> xs, std::span<const posted_entry> ys) {
  return std::ranges::equal(xs, ys, {}, mirrored);
}

/// Most texts but the key are empty.
void copy(std::string_view from, std::string& to) {
  if (from.empty())
    to.clear();
  else
    to.assign(from);
}

/// Assigns member by member, so that the memory of the last transaction is used again.
void copy_all_but_entries(const transaction_content& from, transaction_posted& to) {
  copy(from.key, to.key);
  to.occurred_at = from.occurred_at;
  if (!from.refs.empty() || !to.refs.empty())
    to.refs.assign(from.refs.begin(), from.refs.end());
  copy(from.metadata, to.metadata);
  copy(from.correlation_id, to.correlation_id);
  copy(from.causation_id, to.causation_id);
  to.reverses = from.reverses;
}

result<void> join(const char* field, std::string_view given, std::string_view& own) {
  if (own.empty())
    own = given;
  if (given.empty() || own == given)
    return {};
  return fail(links_differ(field));
}

} // namespace

// -- what must be known --------------------------------------------------------------------------

void book_machine::ask(const command& x, questions& to, const facts& known) const {
  if (auto* asked = std::get_if<transaction>(&x))
    ask(asked->key, asked->reverses, to, known);
  else if (auto* taken_back = std::get_if<reversal>(&x))
    ask(taken_back->key, taken_back->of, to, known);
}

void book_machine::ask(std::string_view key, event_seq reverses, questions& to,
                       const facts& known) const {
  auto ask_key = [&](const hash128& hash) {
    if (!keys_.find(hash) && !known.keys.contains(hash))
      to.keys.push_back(hash);
  };
  if (keys_.are_indexed())
    ask_key(keys_.hash_of(key));
  if (reverses == event_seq{} || reverses > durable_.seq)
    return;
  if (!known.transactions.contains(reverses))
    to.transactions.push_back(reverses);
  if (keys_.are_indexed())
    ask_key(keys_.hash_of_reversal(reverses));
}

const first_use* book_machine::find_use(const hash128& key, const facts& known) const {
  if (auto* found = keys_.find(key))
    return found;
  if (!keys_.are_indexed())
    return nullptr;
  auto i = known.keys.find(key);
  DAYBOOK_INVARIANT(i != known.keys.end());
  return i->second ? &*i->second : nullptr;
}

/// Null when nothing durable was posted there.
const transaction_posted* book_machine::find_posted(event_seq seq, const facts& known) const {
  if (seq == event_seq{} || seq > durable_.seq)
    return nullptr;
  auto i = known.transactions.find(seq);
  DAYBOOK_INVARIANT(i != known.transactions.end());
  return i->second ? &*i->second : nullptr;
}

// -- judging -------------------------------------------------------------------------------------

result<staged> book_machine::decide(const transaction& x, const circumstances& said,
                                    const facts& known) {
  auto content = content_of(x, {});
  if (!said.correlation_id.empty() || !said.causation_id.empty())
    if (auto ok = join_links(said, content); !ok)
      return fail(std::move(ok.error()));
  auto resolve = [&](std::vector<posted_entry>& entries) {
    return resolve_postings(x.postings, *chart_, entries);
  };
  return post(content, x.postings.size(), resolve, said.conditions, known);
}

result<staged> book_machine::decide(const reversal& x, const circumstances& said,
                                    const facts& known) {
  // A durable one only: a retry must find it again, also while the first try is on its way.
  auto* original = find_posted(x.of, known);
  auto cause = to_string(transaction_id{id_, x.of});
  transaction_content content{.key = x.key,
                              .entries = {},
                              .occurred_at = x.occurred_at,
                              .refs = {},
                              .metadata = x.metadata,
                              .correlation_id = x.correlation_id,
                              .causation_id = cause,
                              .reverses = x.of};
  if (auto ok = join_links(said, content); !ok)
    return fail(std::move(ok.error()));
  if (original && content.correlation_id.empty())
    content.correlation_id = original->correlation_id;
  auto resolve = [&](std::vector<posted_entry>& entries) -> result<void> {
    entries.clear();
    if (!original)
      return fail(no_transaction_at(x.of));
    std::ranges::transform(original->entries, std::back_inserter(entries), mirrored);
    return {};
  };
  return post(content, original ? original->entries.size() : 1, resolve, said.conditions, known);
}

result<void> book_machine::join_links(const circumstances& said, transaction_content& x) {
  if (auto ok = join("correlation_id", said.correlation_id, x.correlation_id); !ok)
    return ok;
  return join("causation_id", said.causation_id, x.causation_id);
}

// In this order, and the first that applies is the answer:
//
//  1. the key is a valid label                       invalid_name
//  2. the key is known: with the same content        the first transaction's seq, deduplicated
//                       with other content           idempotency_conflict
//  3. the conditions hold                            condition_failed, unknown_account
//  4. sizes, labels, metadata (`check_content`)      invalid_argument, limit_exceeded, invalid_name
//  5. per posting (`resolve_postings`): account      unknown_account
//                                       asset        unknown_asset, asset_mismatch
//                                       direction    invalid_argument
//                                       amount       invalid_amount
//  6. a reversal: of a transaction                   not_found
//                 exactly mirrored                   invalid_argument
//                 for the first time                 already_reversed
//  7. per posting (`balances::weigh`): open account  account_closed
//     per asset: its sums fit                        overflow
//                and are equal                       unbalanced
//  8. per account, all its postings taken together:  overflow, limit_exceeded
//  9. per asset, all transactions ever:              overflow
// 10. memory has room for the key                    overloaded
//
// What a transaction reverses (6) is durable, or in the same message: of other staged writes
// the postings are not kept.
//
// The key comes before the sizes because limits may have changed since its first use.
template <class Resolve>
result<staged> book_machine::post(transaction_content& x, std::size_t postings,
                                  const Resolve& resolve, std::span<const condition> conditions,
                                  const facts& known) {
  if (auto ok = check_label("key", x.key); !ok)
    return fail(std::move(ok.error()));
  auto key = keys_.hash_of(x.key);
  if (auto* first = find_use(key, known))
    return answer_known_key(x, *first, resolve);
  if (!conditions.empty())
    if (auto ok = check(conditions); !ok)
      return fail(std::move(ok.error()));
  if (auto ok = check_content(x, postings, bounds_); !ok)
    return fail(std::move(ok.error()));
  auto& posted = std::get<transaction_posted>(transaction_event_);
  if (auto ok = resolve(posted.entries); !ok)
    return fail(std::move(ok.error()));
  x.entries = posted.entries;
  if (x.reverses != event_seq{})
    if (auto ok = check_reversal(x, known); !ok)
      return fail(std::move(ok.error()));
  if (auto found = balances_.weigh(posted.entries))
    return fail(explain_with_seq(*found));
  if (!keys_.has_room(x.reverses == event_seq{} ? 1 : 2))
    return fail(too_many_keys(hot_keys_max_));
  auto seq = staged_.seq.next();
  add_keys(key, {seq, fingerprint_(x)}, x.reverses);
  auto logged = balances_.post(seq);
  copy_all_but_entries(x, posted);
  if (auto wanted = originals_.find(seq); wanted != originals_.end())
    wanted->second = posted.entries;
  auto answer = accept(transaction_event_);
  answer.first_balance = logged.first;
  answer.balances = logged.count;
  return answer;
}

template <class Resolve>
result<staged> book_machine::answer_known_key(transaction_content& x, const first_use& first,
                                              const Resolve& resolve) {
  auto& entries = std::get<transaction_posted>(transaction_event_).entries;
  // What cannot be resolved now could not be then: accounts and transactions stay.
  if (!resolve(entries))
    return fail(idempotency_conflict(x.key, first.seq));
  x.entries = entries;
  if (fingerprint_(x) != first.fingerprint)
    return fail(idempotency_conflict(x.key, first.seq));
  return staged{.seq = first.seq, .deduplicated = true};
}

result<void> book_machine::check_reversal(const transaction_content& x, const facts& known) const {
  auto* original = find_original(x.reverses, known);
  if (!original)
    return fail(no_original_at(x.reverses));
  if (!are_mirrored(x.entries, *original))
    return fail(not_a_mirror_image(x.reverses));
  // The index has keys of durable events only, so it was not asked about the others.
  auto key = keys_.hash_of_reversal(x.reverses);
  auto* reversed = x.reverses > durable_.seq ? keys_.find(key) : find_use(key, known);
  return reversed ? fail(already_reversed({id_, x.reverses}, reversed->seq)) : result<void>{};
}

/// Null when nothing that can be taken back was posted there.
const std::vector<posted_entry>* book_machine::find_original(event_seq seq,
                                                             const facts& known) const {
  if (auto* durable = find_posted(seq, known))
    return &durable->entries;
  auto staged = originals_.find(seq);
  return staged != originals_.end() && staged->second ? &*staged->second : nullptr;
}

void book_machine::add_keys(const hash128& key, const first_use& use, event_seq reverses) {
  keys_.add(key, use);
  if (!units_.empty())
    unit_keys_.push_back(key);
  if (reverses == event_seq{})
    return;
  auto reversed = keys_.hash_of_reversal(reverses);
  keys_.add(reversed, {use.seq, {}});
  if (!units_.empty())
    unit_keys_.push_back(reversed);
}

error book_machine::explain_with_seq(const objection& x) const {
  if (x.why == objection::reason::closed)
    return account_is_closed((*chart_)[x.account].path(), lifecycles_.staged(x.account).changed_at);
  return explain(x, *chart_);
}

} // namespace daybook::ledger
