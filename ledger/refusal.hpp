#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"
#include "ledger/balances.hpp"
#include "ledger/chart.hpp"

#include <cstddef>
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

/// What the objection says, but for `closed`: that is `account_is_closed`.
error explain(const objection& x, const chart& accounts);

/// `seq` is the closing.
error account_is_closed(std::string_view path, event_seq seq);

/// What a write insisted on, and what was the case.
struct failed_condition {
  std::string_view condition;
  std::string_view account; ///< may be empty
  std::string expected;
  std::string found;
};

error condition_failed(failed_condition x);

// -- reversals -----------------------------------------------------------------------------------

/// To a reversal, and to a transaction that says which one it reverses.
error no_transaction_at(event_seq seq);
error no_original_at(event_seq seq);
error not_a_mirror_image(event_seq of);

/// `by` is the reversal.
error already_reversed(const transaction_id& of, event_seq by);

// -- what is said beside the command -------------------------------------------------------------

/// Of a transaction and of the write that holds it. `field` is the correlation or the causation id.
error links_differ(const char* field);

error not_an_item_before();

error no_items();
error too_many_items(std::size_t items, std::size_t limit);

/// Of an atomic batch: both items have the key.
error key_repeated(std::string_view key, std::size_t first, std::size_t second);

/// Of an atomic batch: part of it was accepted before, as `key` at `seq`, and part was not.
error partly_known(std::string_view key, event_seq seq);

/// The keys that wait for the index, and the new ones, pass what memory may hold: `limit`.
error too_many_keys(std::size_t limit);

} // namespace daybook::ledger
