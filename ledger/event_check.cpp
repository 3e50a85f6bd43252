#include "ledger/event_check.hpp"

#include "base/limits.hpp"
#include "base/names.hpp"
#include "ledger/corruption.hpp"

#include <fmt/format.h>

namespace daybook::ledger {

namespace {

result<void> check_number(account_no n, event_seq seq, const known_so_far& before) {
  if (n.value() < before.accounts())
    return {};
  return contradiction(seq, fmt::format("account number {} is not open", n.value()));
}

result<void> check(const asset_registered& x, event_seq seq, known_so_far& before) {
  auto& definition = x.definition;
  if (before.has_asset(definition.id))
    return contradiction(seq,
                         fmt::format("asset \"{}\" is registered twice", printable(definition.id)));
  if (definition.precision > precision_max)
    return contradiction(seq, fmt::format("an asset with {} decimals", definition.precision));
  return {};
}

result<void> check(const account_opened& x, event_seq seq, known_so_far& before) {
  auto& definition = x.definition;
  auto path = printable(definition.path);
  if (before.has_account(definition.path))
    return contradiction(seq, fmt::format("account \"{}\" is opened twice", path));
  if (!before.has_asset(definition.asset))
    return contradiction(seq, fmt::format("asset \"{}\" is unknown", printable(definition.asset)));
  if (!definition.normal_side || !is_known(*definition.normal_side))
    return contradiction(seq, fmt::format("account \"{}\" has no side", path));
  return {};
}

result<void> check(const transaction_posted& x, event_seq seq, known_so_far& before) {
  if (x.entries.empty())
    return contradiction(seq, "a transaction without postings");
  if (x.reverses >= seq)
    return contradiction(seq, "it reverses a transaction that is not before it");
  for (auto& entry : x.entries) {
    if (auto ok = check_number(entry.account, seq, before); !ok)
      return ok;
    if (!is_known(entry.direction) || !entry.value.is_positive())
      return contradiction(seq, "a posting without a direction or an amount");
    if (!before.can_be(entry.account, false))
      return contradiction(seq, fmt::format("a posting to account number {}, which is closed",
                                            entry.account.value()));
  }
  return {};
}

result<void> check_change(account_no n, bool closes, event_seq seq, known_so_far& before) {
  if (auto ok = check_number(n, seq, before); !ok)
    return ok;
  if (before.can_be(n, !closes))
    return {};
  return contradiction(
      seq, fmt::format("account number {} is {} already", n.value(), closes ? "closed" : "open"));
}

result<void> check(const account_closed& x, event_seq seq, known_so_far& before) {
  return check_change(x.account, true, seq, before);
}

result<void> check(const account_reopened& x, event_seq seq, known_so_far& before) {
  return check_change(x.account, false, seq, before);
}

} // namespace

result<void> check_event(const event& x, event_seq seq, known_so_far& before) {
  return std::visit([&](auto& y) { return check(y, seq, before); }, x);
}

result<void> check_batch(const batch_info& x, event_seq next, const batch_info& before) {
  if (x.first_seq != next)
    return contradiction(x.first_seq, fmt::format("event {} is expected", next.value()));
  if (before == batch_info{})
    return {};
  if (x.epoch < before.epoch)
    return contradiction(next, "its writer's epoch is over");
  if (x.committed_at < before.committed_at)
    return contradiction(next, "it was committed earlier");
  return {};
}

} // namespace daybook::ledger
