// The part of the book machine that opens a book: what the log says is taken as it is, and only
// checked for what the rules could not have let through.

#include "base/check.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace daybook::ledger {

namespace {

tl::unexpected<error> corrupt(event_seq seq, std::string_view why) {
  return fail(ec::corrupt,
              fmt::format("event {} contradicts what comes before it: {}; restore the book from a "
                          "copy",
                          seq.value(), why),
              {{"seq", std::to_string(seq.value())}});
}

} // namespace

result<void> book_machine::begin_replay(const batch_info& batch) {
  DAYBOOK_CHECK(staged_events() == 0 && !has_sealed());
  auto next = durable_.seq.next();
  if (batch.first_seq != next)
    return corrupt(batch.first_seq, fmt::format("event {} is expected", next.value()));
  if (!batches_.empty() && batch.epoch < batches_.back().epoch)
    return corrupt(next, "its writer's epoch is over");
  if (!batches_.empty() && batch.committed_at < batches_.back().committed_at)
    return corrupt(next, "it was committed earlier");
  batches_.push_back(batch);
  return {};
}

result<void> book_machine::replay(const event& x) {
  DAYBOOK_CHECK(staged_events() == 0 && !has_sealed());
  DAYBOOK_CHECK(!batches_.empty());
  auto seq = durable_.seq.next();
  auto ok = std::visit([&](auto& y) { return apply(y, seq); }, x);
  if (ok)
    staged_ = sealed_ = durable_ = position_after(durable_.seq);
  return ok;
}

result<void> book_machine::apply(const asset_registered& x, event_seq seq) {
  auto& definition = x.definition;
  if (chart_->find_asset(definition.id))
    return corrupt(seq, fmt::format("asset \"{}\" is registered twice", printable(definition.id)));
  if (definition.precision > precision_max)
    return corrupt(seq, fmt::format("an asset with {} decimals", definition.precision));
  add_asset(definition, seq);
  return {};
}

result<void> book_machine::apply(const account_opened& x, event_seq seq) {
  auto& definition = x.definition;
  if (chart_->find_account(definition.path))
    return corrupt(seq, fmt::format("account \"{}\" is opened twice", printable(definition.path)));
  if (!chart_->find_asset(definition.asset))
    return corrupt(seq, fmt::format("asset \"{}\" is unknown", printable(definition.asset)));
  if (!definition.normal_side || !is_known(*definition.normal_side))
    return corrupt(seq, fmt::format("account \"{}\" has no side", printable(definition.path)));
  add_account(definition, seq);
  return {};
}

result<void> book_machine::apply(const transaction_posted& x, event_seq seq) {
  if (x.entries.empty())
    return corrupt(seq, "a transaction without postings");
  for (auto& entry : x.entries) {
    if (entry.account.value() >= durable_.accounts)
      return corrupt(seq, fmt::format("account number {} is not open", entry.account.value()));
    if (!is_known(entry.direction) || !entry.value.is_positive())
      return corrupt(seq, "a posting without a direction or an amount");
  }
  if (auto found = balances_.weigh(x.entries))
    return corrupt(seq, explain(*found, *chart_).message());
  if (!keys_.add(idempotency_keys::hash_of(x.key), {seq, fingerprint_(content_of(x))}))
    return corrupt(seq, fmt::format("key \"{}\" is used twice", printable(x.key)));
  balances_.settle(seq);
  return {};
}

} // namespace daybook::ledger
