#pragma once

#include "actors/messages.hpp"
#include "ledger/types.hpp"
#include "node/asset_precisions.hpp"
#include "node/output.hpp"

#include <cstdint>
#include <string>
#include <vector>

// One line of output for each thing a book answers with: cells separated by tabs, or JSON. Amounts
// are decimals with all the places of their asset, in JSON as strings. `-` stands for nothing.

namespace daybook::node {

/// An account of a transaction, as it takes to print the balance in a receipt.
struct posted_account {
  std::string path;
  std::string asset;
  std::uint8_t precision = 0;
};

/// Adds an account unless it is there: receipts have balances in the order in which the postings
/// first name their accounts.
void add_posted(std::vector<posted_account>& to, posted_account x);

/// Whether the receipt is of a write or of a rehearsal.
enum class reality { written, rehearsed };

/// `accepted` or `deduplicated`, seq, transaction id, commit time. For a rehearsal `dry run: ` is
/// put before it, and there is no commit time but for what is there already.
void print(output& out, const ledger::receipt& x, reality how = reality::written);

/// The same for a transaction, with the balances it left, as balances are printed. `accounts` are
/// those of its postings.
void print(output& out, const ledger::receipt& x, const std::vector<posted_account>& accounts,
           reality how = reality::written);

/// Id, precision, class, name.
void print(output& out, const ledger::asset_definition& x);

/// Path, asset, balance.
void print(output& out, const actors::account_view& x);

/// Path, asset, kind, normal side, least and greatest balance, `open` or `closed`.
void print_definition(output& out, const actors::account_view& x);

/// Seq, commit time, when it occurred, key, direction, amount, balance after.
void print(output& out, const actors::history_entry& x, std::uint8_t precision);

/// Asset, debit and credit turnover, debit and credit balances.
void print(output& out, const actors::trial_balance_view& x);

/// An event as `print` prints it as JSON.
std::string event_json(const actors::recorded_event& x, const asset_precisions& precisions);

/// Seq, commit time, kind, its id, path or key, and what it says.
void print(output& out, const actors::recorded_event& x, const asset_precisions& precisions);

} // namespace daybook::node
