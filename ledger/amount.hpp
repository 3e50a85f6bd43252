#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::ledger {

__extension__ using int128 = __int128;
__extension__ using uint128 = unsigned __int128;

/// A signed number of minor units (cents, satoshi, …), from −(2^127−1) to 2^127−1: the one value
/// that a two's complement number could not negate is left out. Arithmetic is checked.
class amount {
public:
  constexpr amount() = default;
  constexpr explicit amount(std::int64_t minor_units) : value_(minor_units) {}

  /// Empty for −2^127, which is not an amount.
  static constexpr std::optional<amount> from_int128(int128 value) {
    return value == min_int128 ? std::nullopt : std::optional{amount{value, exact{}}};
  }

  static constexpr amount max() { return {~min_int128, exact{}}; }

  constexpr int128 value() const { return value_; }
  constexpr bool is_positive() const { return value_ > 0; }
  constexpr bool is_negative() const { return value_ < 0; }
  constexpr bool is_zero() const { return value_ == 0; }

  constexpr amount operator-() const { return {-value_, exact{}}; }

  /// Empty when the result is not an amount.
  friend constexpr std::optional<amount> checked_add(amount x, amount y) {
    int128 sum = 0;
    return __builtin_add_overflow(x.value_, y.value_, &sum) ? std::nullopt : from_int128(sum);
  }
  friend constexpr std::optional<amount> checked_subtract(amount x, amount y) {
    return checked_add(x, -y);
  }

  /// Whether `sum` took `x`: not if it would be no amount, and then it stays as it is.
  friend constexpr bool add_to(amount& sum, amount x) {
    auto added = checked_add(sum, x);
    if (added)
      sum = *added;
    return added.has_value();
  }

  friend constexpr auto operator<=>(amount x, amount y) = default;

private:
  struct exact {};
  static constexpr int128 min_int128 = static_cast<int128>(uint128{1} << 127);
  constexpr amount(int128 value, exact) : value_(value) {}

  /// Aligned as every other type: CAF lays out the parts of a message for at most 8 bytes, and a
  /// move of 16 aligned bytes to such a place ends the process.
  using stored [[gnu::aligned(8)]] = int128;
  stored value_ = 0;
};

static_assert(alignof(amount) == 8);

/// Reads a decimal such as `226.70`, `-5` or `+0.1` with at most `precision` decimals into minor
/// units. No exponent, no separators, no bare point; leading zeros and fewer decimals are fine.
/// Errors: `invalid_amount` (not a decimal, too many decimals), `overflow`; field `amount`.
result<amount> parse_decimal(std::string_view text, std::uint8_t precision);

/// Prints minor units as a decimal with exactly `precision` decimals: 22670 at 2 is `226.70`.
std::string to_decimal(amount x, std::uint8_t precision);

} // namespace daybook::ledger
