#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"
#include "ledger/idempotency.hpp"
#include "ledger/types.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

// What a write must keep to before any balance is looked at. Functions of their arguments only.

namespace daybook::ledger {

/// Errors: `invalid_name` for the id and the name; `invalid_argument` with `field`.
result<void> check_asset(const asset_definition& x);

/// The definition with `normal_side` set. Checked in this order: path, asset, kind, normal side,
/// bounds.
/// Errors: `invalid_name`, `unknown_asset`; `invalid_argument` with `field`.
result<account_definition> resolve_account(const account_definition& x, const chart& accounts);

/// Everything about a transaction but its key and its postings; of those, their number. Checked in
/// this order: at least one posting, number of postings, size of the metadata, number of
/// references, then the labels of references, correlation and causation, then that the metadata is
/// text. Errors: `invalid_argument` with `field`; `limit_exceeded` with `what`, `limit`,
/// `would_be`; `invalid_name`.
result<void> check_content(const transaction_content& x, std::size_t postings,
                           const limits& bounds);

/// Either may be empty. Errors: `invalid_name`.
result<void> check_links(std::string_view correlation_id, std::string_view causation_id);

/// Replaces what is in `entries` by the postings with accounts as numbers. Checked posting by
/// posting, in this order: account, asset, direction, amount.
/// Errors: `unknown_account`, `unknown_asset`, `asset_mismatch`, `invalid_argument`,
/// `invalid_amount`.
result<void> resolve_postings(std::span<const posting> postings, const chart& accounts,
                              std::vector<posted_entry>& entries);

} // namespace daybook::ledger
