#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace daybook::node {

/// One side of a transaction as it is typed: `assets:cash=226.70`. The amount is not judged here,
/// for its decimals depend on the account's asset.
struct amount_argument {
  std::string path;
  std::string decimal;

  friend bool operator==(const amount_argument&, const amount_argument&) = default;
};

/// Splits at the last `=`, because an amount has none and a path may.
/// Errors: `invalid_argument` with `argument`.
result<amount_argument> parse_amount_argument(std::string_view text);

} // namespace daybook::node
