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
                .causation_id = x.causation_id};
  y.postings.reserve(x.entries.size());
  for (auto& entry : x.entries) {
    auto& account = names[entry.account].definition;
    y.postings.push_back({account.path, entry.value, account.asset, entry.direction});
  }
  return y;
}

} // namespace

command to_command(const event& x, const chart& names) {
  return std::visit([&names](auto& y) { return describe(y, names); }, x);
}

} // namespace daybook::ledger
