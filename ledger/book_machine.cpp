#include "ledger/book_machine.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace daybook::ledger {

book_machine::book_machine(machine_options options)
    : bounds_(options.bounds),
      hot_keys_max_(options.hot_keys_max),
      chart_(std::make_shared<chart>(options.path_seed)),
      keys_(options.secret, options.hot_keys_max) {}

void book_machine::start(book_id id, writer_epoch epoch) {
  DAYBOOK_INVARIANT(restoring_.accounts_missing == 0);
  id_ = id;
  epoch_ = epoch;
}

// -- batches -------------------------------------------------------------------------------------

sealed_batch book_machine::seal(timestamp now) {
  DAYBOOK_INVARIANT(staged_events() > 0);
  DAYBOOK_INVARIANT(!has_sealed());
  DAYBOOK_INVARIANT(units_.empty());
  // Without all keys a repeat could be posted again.
  DAYBOOK_INVARIANT(has_all_keys());
  sealed_at_ = commit_time(now);
  sealed_batch sealed{durable_.seq.next(), staged_events(), sealed_at_};
  balances_.seal();
  lifecycles_.seal();
  keys_.end_batch(staged_.seq);
  sealed_ = staged_;
  return sealed;
}

timestamp book_machine::commit_time(timestamp now) const {
  if (has_sealed())
    return std::max(now, sealed_at_);
  return last_batch_ == batch_info{} ? now : std::max(now, last_batch_.committed_at);
}

void book_machine::mark_durable(const chain_hash& chain) {
  DAYBOOK_INVARIANT(has_sealed());
  last_batch_ = {durable_.seq.next(), epoch_, sealed_at_, chain};
  last_of_state_ = replaying_ = last_replayed_ = last_batch_;
  balances_.mark_durable();
  lifecycles_.mark_durable();
  durable_ = sealed_;
  replayed_ = durable_.seq;
  may_start_before_ = false;
  keys_.mark_durable(durable_.seq, epoch_, chain);
  end_hurried_generation();
}

receipt book_machine::receipt_of(const staged& x) const {
  DAYBOOK_INVARIANT(!x.deduplicated);
  DAYBOOK_INVARIANT(x.seq >= last_batch_.first_seq && x.seq <= durable_.seq);
  return {.id = {id_, x.seq},
          .epoch = last_batch_.epoch,
          .committed_at = last_batch_.committed_at,
          .deduplicated = false,
          .chain = last_batch_.chain,
          .balances = balances_.durable_log({x.first_balance, x.balances})};
}

// -- keys that leave memory ----------------------------------------------------------------------

std::shared_ptr<const key_generation> book_machine::keys_to_spill() { return keys_.to_spill(); }

void book_machine::forget(const key_generation& indexed) {
  keys_.forget(indexed);
  end_hurried_generation();
}

void book_machine::spill_all_keys() {
  keys_.hurry();
  end_hurried_generation();
}

/// Keys that are staged wait for the end of their batch.
void book_machine::end_hurried_generation() {
  if (keys_.is_hurried() && is_idle())
    end_key_generation();
}

/// At the end of a batch that is durable.
void book_machine::end_key_generation() {
  if (!has_all_keys())
    return;
  keys_.end_batch(replayed_);
  keys_.mark_durable(replayed_, last_replayed_.epoch, last_replayed_.chain);
}

bool book_machine::has_all_keys() const { return keys_from_ <= keys_.indexed().next(); }

// -- positions -----------------------------------------------------------------------------------

event_seq book_machine::staged_seq() const { return staged_.seq; }

event_seq book_machine::durable_seq() const { return durable_.seq; }

std::size_t book_machine::staged_events() const {
  return staged_.seq.value() - sealed_.seq.value();
}

bool book_machine::has_sealed() const { return sealed_.seq > durable_.seq; }

const batch_info& book_machine::last_batch() const { return last_batch_; }

bool book_machine::is_idle() const {
  return staged_events() == 0 && !has_sealed() && units_.empty();
}

book_machine::position book_machine::position_after(event_seq seq) const {
  return {seq.next(), chart_->accounts(), chart_->assets()};
}

} // namespace daybook::ledger
