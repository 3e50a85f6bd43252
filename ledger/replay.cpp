// The part of the book machine that opens a book from its log: what the log says is taken as it is,
// and only checked for what the rules could not have let through.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/corruption.hpp"
#include "ledger/event_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace daybook::ledger {

namespace {

/// What the events before have left. Nothing is staged, so all of it is durable.
class known_state final : public known_so_far {
public:
  known_state(const chart& names, const balances& kept) : names_(names), kept_(kept) {}

  bool has_asset(const std::string& id) const override { return names_.find_asset(id).has_value(); }
  bool has_account(const std::string& path) const override {
    return names_.find_account(path).has_value();
  }
  std::uint64_t accounts() const override { return names_.accounts(); }
  bool can_be(account_no n, bool closed) override { return kept_.is_closed(n) == closed; }

private:
  const chart& names_;
  const balances& kept_;
};

} // namespace

void book_machine::keys_are_indexed(event_seq up_to) { keys_.set_indexed(up_to); }

// -- batches -------------------------------------------------------------------------------------

result<void> book_machine::begin_replay(const batch_info& batch) {
  DAYBOOK_INVARIANT(is_idle());
  if (restoring_.accounts_missing > 0)
    return contradiction(batch.first_seq, "the snapshot before it lacks accounts");
  if (std::exchange(may_start_before_, false) && batch.first_seq <= durable_.seq) {
    if (auto ok = check_precedes(batch); !ok)
      return ok;
    keys_from_ = batch.first_seq;
    replayed_ = event_seq{batch.first_seq.value() - 1};
  } else {
    if (auto ok = check_batch(batch, replayed_.next(), replaying_); !ok)
      return ok;
    end_key_generation();
  }
  replaying_ = batch;
  if (batch.first_seq > durable_.seq)
    last_batch_ = batch;
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
  DAYBOOK_INVARIANT(is_idle());
  DAYBOOK_INVARIANT(replaying_ != batch_info{});
  auto seq = replayed_.next();
  auto is_known = seq <= durable_.seq;
  if (!is_known && replaying_.first_seq <= restored_)
    return contradiction(seq, "the snapshot before it ends in the midst of a batch");
  auto ok = is_known ? recall(x, seq) : apply(x, seq);
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

result<void> book_machine::apply(const event& x, event_seq seq) {
  known_state before{*chart_, balances_};
  if (auto ok = check_event(x, seq, before); !ok)
    return ok;
  return std::visit([&](auto& y) { return apply(y, seq); }, x);
}

result<void> book_machine::apply(const asset_registered& x, event_seq seq) {
  add_asset(x.definition, seq);
  return {};
}

result<void> book_machine::apply(const account_opened& x, event_seq seq) {
  add_account(x.definition, seq);
  return {};
}

result<void> book_machine::apply(const transaction_posted& x, event_seq seq) {
  if (auto found = balances_.weigh(x.entries))
    return contradiction(seq, explain_with_seq(*found).message());
  if (auto ok = recall_keys(x, seq); !ok)
    return ok;
  balances_.settle(seq);
  return {};
}

result<void> book_machine::apply(const account_closed& x, event_seq seq) {
  settle_lifecycle(x.account, true, seq);
  return {};
}

result<void> book_machine::apply(const account_reopened& x, event_seq seq) {
  settle_lifecycle(x.account, false, seq);
  return {};
}

void book_machine::settle_lifecycle(account_no n, bool closed, event_seq seq) {
  lifecycles_.settle(n, {closed, seq});
  balances_.set_closed(n, closed);
}

} // namespace daybook::ledger
