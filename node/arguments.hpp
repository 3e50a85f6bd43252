#pragma once

#include "actors/messages.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

// Values as they are typed. Errors: `invalid_argument` with `argument`, and a sentence that shows
// how to write it.

namespace daybook::node {

/// A whole number from 0: digits and nothing else.
result<std::uint64_t> parse_count(std::string_view text);

/// A moment in a book's life: a whole number is a seq, anything else is a time as `parse_timestamp`
/// reads it.
result<actors::moment> parse_moment(std::string_view text);

/// An event as it is named: by the id of its receipt, or by its seq.
using event_name = std::variant<transaction_id, event_seq>;
result<event_name> parse_event_name(std::string_view text);

/// One side of a transaction as it is typed: `assets:cash=226.70`. The amount is not judged here,
/// for its decimals depend on the account's asset.
struct amount_argument {
  std::string path;
  std::string decimal;

  friend bool operator==(const amount_argument&, const amount_argument&) = default;
};

/// Splits at the last `=`, because an amount has none and a path may.
result<amount_argument> parse_amount_argument(std::string_view text);

/// What an account is expected to be at: `assets:cash=17`.
struct version_argument {
  std::string path;
  event_seq updated_seq;

  friend bool operator==(const version_argument&, const version_argument&) = default;
};

result<version_argument> parse_version_argument(std::string_view text);

} // namespace daybook::node
