#include "ledger/to_command.hpp"

namespace daybook::ledger {

namespace {

command describe(const asset_registered& x, const chart&) { return x.definition; }

command describe(const account_opened& x, const chart&) { return x.definition; }

command describe(const transaction_posted& x, const chart& names) {
  transaction y{.key = x.key,
                .postings = {},
                .occurred_at = x.occurred_at,
                .refs = x.refs,
                .metadata = x.metadata,
                .correlation_id = x.correlation_id,
                .causation_id = x.causation_id,
                .reverses = x.reverses};
  y.postings.reserve(x.entries.size());
  for (auto& entry : x.entries) {
    auto& account = names[entry.account];
    y.postings.push_back({std::string{account.path()}, entry.value,
                          names[account.asset].definition.id, entry.direction});
  }
  return y;
}

command describe(const account_closed& x, const chart& names) {
  return account_closing{std::string{names[x.account].path()}, true};
}

command describe(const account_reopened& x, const chart& names) {
  return account_reopening{std::string{names[x.account].path()}};
}

event_links links_in(const auto& x) { return x.links; }

event_links links_in(const transaction_posted& x) { return {x.correlation_id, x.causation_id}; }

} // namespace

command to_command(const event& x, const chart& names) {
  return std::visit([&names](auto& y) { return describe(y, names); }, x);
}

event_links links_of(const event& x) {
  return std::visit([](auto& y) { return links_in(y); }, x);
}

} // namespace daybook::ledger
