// The part of the book machine that opens a book from its log: what the log says is taken as it is,
// and only checked for what the rules could not have let through.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/corruption.hpp"
#include "ledger/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::ledger {

void book_machine::keys_are_indexed(event_seq up_to) { keys_.set_indexed(up_to); }

// -- batches -------------------------------------------------------------------------------------

result<void> book_machine::begin_replay(const batch_info& batch) {
  DAYBOOK_CHECK(is_idle());
  if (restoring_.accounts_missing > 0)
    return contradiction(batch.first_seq, "the snapshot before it lacks accounts");
  if (std::exchange(may_start_before_, false) && batch.first_seq <= durable_.seq) {
    if (auto ok = check_precedes(batch); !ok)
      return ok;
    keys_from_ = batch.first_seq;
    replayed_ = event_seq{batch.first_seq.value() - 1};
  } else {
    if (auto ok = check_follows(batch); !ok)
      return ok;
    end_key_generation();
  }
  replaying_ = batch;
  if (batch.first_seq > durable_.seq)
    last_batch_ = batch;
  return {};
}

result<void> book_machine::check_follows(const batch_info& batch) const {
  auto next = replayed_.next();
  if (batch.first_seq != next)
    return contradiction(batch.first_seq, fmt::format("event {} is expected", next.value()));
  if (replaying_ == batch_info{})
    return {};
  if (batch.epoch < replaying_.epoch)
    return contradiction(next, "its writer's epoch is over");
  if (batch.committed_at < replaying_.committed_at)
    return contradiction(next, "it was committed earlier");
  return {};
}

/// The first one after a restore, of events that the snapshot covers.
result<void> book_machine::check_precedes(const batch_info& batch) const {
  if (batch.first_seq == event_seq{})
    return contradiction(batch.first_seq, "events are numbered from 1");
  if (batch.epoch > last_batch_.epoch || batch.committed_at > last_batch_.committed_at)
    return contradiction(batch.first_seq, "the snapshot is older and says that it is in it");
  return {};
}

// -- events --------------------------------------------------------------------------------------

result<void> book_machine::replay(const event& x) {
  DAYBOOK_CHECK(is_idle());
  DAYBOOK_CHECK(replaying_ != batch_info{});
  auto seq = replayed_.next();
  auto is_known = seq <= durable_.seq;
  if (!is_known && replaying_.first_seq <= restored_)
    return contradiction(seq, "the snapshot before it ends in the midst of a batch");
  auto ok = is_known ? recall(x, seq) : std::visit([&](auto& y) { return apply(y, seq); }, x);
  if (!ok)
    return ok;
  replayed_ = seq;
  last_replayed_ = replaying_;
  if (!is_known) {
    staged_ = sealed_ = durable_ = position_after(durable_.seq);
    last_of_state_ = replaying_;
  }
  return ok;
}

/// An event that the restored state has: only its key is missing.
result<void> book_machine::recall(const event& x, event_seq seq) {
  auto& ours = replaying_;
  auto& theirs = last_of_state_;
  if (seq == restored_ && (ours.chain != theirs.chain || ours.epoch != theirs.epoch ||
                           ours.committed_at != theirs.committed_at))
    return contradiction(seq, "the snapshot was taken of another log");
  auto* posted = std::get_if<transaction_posted>(&x);
  return posted ? recall_keys(*posted, seq) : result<void>{};
}

result<void> book_machine::recall_keys(const transaction_posted& x, event_seq seq) {
  if (seq <= keys_.indexed())
    return {};
  auto key = keys_.hash_of(x.key);
  if (keys_.find(key))
    return contradiction(seq, fmt::format("key \"{}\" is used twice", printable(x.key)));
  if (x.reverses != event_seq{} && keys_.find(keys_.hash_of_reversal(x.reverses)))
    return contradiction(seq, fmt::format("event {} is reversed twice", x.reverses.value()));
  add_keys(key, {seq, fingerprint_(content_of(x))}, x.reverses);
  return {};
}

result<void> book_machine::apply(const asset_registered& x, event_seq seq) {
  auto& definition = x.definition;
  if (chart_->find_asset(definition.id))
    return contradiction(seq,
                         fmt::format("asset \"{}\" is registered twice", printable(definition.id)));
  if (definition.precision > precision_max)
    return contradiction(seq, fmt::format("an asset with {} decimals", definition.precision));
  add_asset(definition, seq);
  return {};
}

result<void> book_machine::apply(const account_opened& x, event_seq seq) {
  auto& definition = x.definition;
  auto path = printable(definition.path);
  if (chart_->find_account(definition.path))
    return contradiction(seq, fmt::format("account \"{}\" is opened twice", path));
  if (!chart_->find_asset(definition.asset))
    return contradiction(seq, fmt::format("asset \"{}\" is unknown", printable(definition.asset)));
  if (!definition.normal_side || !is_known(*definition.normal_side))
    return contradiction(seq, fmt::format("account \"{}\" has no side", path));
  add_account(definition, seq);
  return {};
}

result<void> book_machine::apply(const transaction_posted& x, event_seq seq) {
  if (x.entries.empty())
    return contradiction(seq, "a transaction without postings");
  for (auto& entry : x.entries) {
    if (entry.account.value() >= durable_.accounts)
      return contradiction(seq,
                           fmt::format("account number {} is not open", entry.account.value()));
    if (!is_known(entry.direction) || !entry.value.is_positive())
      return contradiction(seq, "a posting without a direction or an amount");
  }
  if (x.reverses >= seq)
    return contradiction(seq, "it reverses a transaction that is not before it");
  if (auto found = balances_.weigh(x.entries))
    return contradiction(seq, explain_with_seq(*found).message());
  if (auto ok = recall_keys(x, seq); !ok)
    return ok;
  balances_.settle(seq);
  return {};
}

result<void> book_machine::apply(const account_closed& x, event_seq seq) {
  return settle_lifecycle(x.account, true, seq);
}

result<void> book_machine::apply(const account_reopened& x, event_seq seq) {
  return settle_lifecycle(x.account, false, seq);
}

result<void> book_machine::settle_lifecycle(account_no n, bool closed, event_seq seq) {
  if (n.value() >= durable_.accounts)
    return contradiction(seq, fmt::format("account number {} is not open", n.value()));
  if (lifecycles_.durable(n).closed == closed)
    return contradiction(
        seq, fmt::format("account number {} is {} already", n.value(), closed ? "closed" : "open"));
  lifecycles_.settle(n, {closed, seq});
  balances_.set_closed(n, closed);
  return {};
}

} // namespace daybook::ledger
