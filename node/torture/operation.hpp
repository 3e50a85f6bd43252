#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "node/torture/transfers.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::node::torture {

/// Nanoseconds of the monotonic clock, the same for all clients.
using instant = std::int64_t;

instant now();

/// Enough of a chain hash to tell two apart.
std::uint64_t first_bytes(const chain_hash& x);

/// How a write ended, as far as its client can know.
enum class outcome : std::uint8_t {
  accepted = 1,
  refused = 2,      ///< by the rules
  not_accepted = 3, ///< for certain, and may be sent again
  unknown = 4,      ///< it may be in the book, now or later
};

std::string_view to_string(outcome x);
bool from_string(std::string_view text, outcome& x);

/// What an error says about the write that it answers: the one place that knows.
outcome outcome_of(ec code);

/// The answer to one write.
struct answer {
  std::uint64_t number = 0; ///< of the client's key
  outcome how = outcome::unknown;
  std::string error{}; ///< its code, unless accepted
  // What follows is the receipt's.
  std::uint64_t seq = 0;
  std::uint64_t epoch = 0;
  std::int64_t committed_at_us = 0;
  std::uint64_t chain = 0;              ///< the first eight bytes of the chain hash
  bool repeated = false;                ///< deduplicated
  std::vector<std::int64_t> balances{}; ///< of the account that got the amount, then of the other

  friend bool operator==(const answer&, const answer&) = default;
};

/// What a client asks for.
enum class action : std::uint8_t {
  write = 1,    ///< transactions, each by itself; also those that were sent before
  atomic = 2,   ///< transactions with consecutive numbers, all or nothing
  conflict = 3, ///< a key that was accepted, with another amount
  frontier = 4, ///< how far the book is, and its epoch
  balance = 5,  ///< of one account
  find = 6,     ///< a transaction by its key
  totals = 7,   ///< the trial balance
};

std::string_view to_string(action x);
bool from_string(std::string_view text, action& x);

/// One call of a client: what was asked, when, and what was answered.
struct operation {
  std::uint32_t client = 0;
  action what = action::write;
  instant invoked = 0;
  instant completed = 0;
  bool retries = false;          ///< the client library may have asked more than once
  std::vector<answer> answers{}; ///< to writes, one each
  std::string error{};           ///< the code when a read failed; empty when it was answered
  key_id wanted{};               ///< by `find`
  bool found = false;            ///< by `find`
  std::uint64_t seq = 0;         ///< the durable seq; of what was found; the balance's last
  std::uint64_t epoch = 0;       ///< with the frontier
  std::uint32_t account = 0;     ///< of a balance
  std::int64_t balance = 0;      ///< minor units; for `totals` debits less credits

  friend bool operator==(const operation&, const operation&) = default;
};

/// One JSON object, without a line's end.
std::string to_json(const operation& x);
/// Errors: `corrupt`.
result<operation> operation_from_json(std::string_view text);

} // namespace daybook::node::torture
