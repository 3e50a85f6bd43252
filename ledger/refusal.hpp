#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"
#include "ledger/balances.hpp"
#include "ledger/chart.hpp"

#include <string>
#include <string_view>

// The sentences, and the facts, with which a book refuses. The fields are listed at `ec`.

namespace daybook::ledger {

error unknown_account(std::string_view path);
error unknown_asset(std::string_view id);
error asset_mismatch(std::string_view account, std::string_view account_asset,
                     std::string_view asset);

/// `value` as a decimal of the account's asset.
error amount_not_positive(std::string_view account, std::string value);

/// Something else stands under the name. The message says what differs.
error already_exists(const asset_definition& present, const asset_definition& asked);
error already_exists(const account_definition& present, const account_definition& asked);

/// `seq` is the transaction that the key was used for.
error idempotency_conflict(std::string_view key, event_seq seq);

error explain(const objection& x, const chart& accounts);

} // namespace daybook::ledger
