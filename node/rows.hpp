#pragma once

#include "actors/messages.hpp"
#include "ledger/types.hpp"
#include "node/asset_precisions.hpp"
#include "node/output.hpp"

#include <cstdint>

// One line of output for each thing a book answers with: cells separated by tabs, or JSON. Amounts
// are decimals with all the places of their asset, in JSON as strings. `-` stands for nothing.

namespace daybook::node {

/// `accepted` or `deduplicated`, seq, transaction id, commit time.
void print(output& out, const ledger::receipt& x);

/// Id, precision, class, name.
void print(output& out, const ledger::asset_definition& x);

/// Path, asset, balance.
void print(output& out, const actors::account_view& x);

/// Path, asset, kind, normal side, least and greatest balance.
void print_definition(output& out, const actors::account_view& x);

/// Seq, commit time, when it occurred, key, direction, amount, balance after.
void print(output& out, const actors::history_entry& x, std::uint8_t precision);

/// Asset, debit and credit turnover, debit and credit balances.
void print(output& out, const actors::trial_balance_view& x);

/// Seq, commit time, kind, its id, path or key, and what it says.
void print(output& out, const actors::recorded_event& x, const asset_precisions& precisions);

} // namespace daybook::node
