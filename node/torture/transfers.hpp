#pragma once

#include "ledger/types.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::node::torture {

/// Which transaction: the client that asks for it, and a number from 0. In the book it is the
/// idempotency key.
struct key_id {
  /// Whose transactions are written before the faults begin.
  static constexpr std::uint32_t preloader = ~std::uint32_t{0};

  std::uint32_t client = 0;
  std::uint64_t number = 0;

  friend bool operator==(const key_id&, const key_id&) = default;
};

std::string to_string(const key_id& x);
/// Empty for what `to_string` does not give.
std::optional<key_id> parse_key(std::string_view text);

/// What a transaction does: moves an amount from one account to another.
struct transfer {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::int64_t amount = 0;

  friend bool operator==(const transfer&, const transfer&) = default;
};

/// Follows from the key alone, so that nobody need remember what was asked for. Those of the
/// preloader are never refused. At least two accounts.
transfer transfer_of(std::uint64_t seed, const key_id& key, std::uint32_t accounts);

/// Every fourth account may not be overdrawn, so that some transfers are refused.
bool is_bounded(std::uint32_t account);

inline constexpr auto asset_id = "XTS"; // ISO 4217's code for testing

std::string account_path(std::uint32_t account);
/// Empty for what `account_path` does not give.
std::optional<std::uint32_t> parse_account(std::string_view path);

ledger::account_definition account_of(std::uint32_t account);
/// Debits `to`, then credits `from`.
ledger::transaction transaction_of(const key_id& key, const transfer& x);

} // namespace daybook::node::torture
