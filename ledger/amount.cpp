#include "ledger/amount.hpp"

#include "base/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::ledger {

namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char x) { return '0' <= x && x <= '9'; });
}

/// Puts a digit behind the number. False, with the number in ruins, when it passes 127 bits.
bool append_digit(int128& number, int digit) {
  return !__builtin_mul_overflow(number, 10, &number) &&
         !__builtin_add_overflow(number, digit, &number);
}

bool append_digits(int128& number, std::string_view digits) {
  return std::ranges::all_of(digits, [&](char x) { return append_digit(number, x - '0'); });
}

bool append_zeros(int128& number, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    if (!append_digit(number, 0))
      return false;
  return true;
}

tl::unexpected<error> refuse(ec code, std::string_view text, std::string_view why) {
  auto shown = printable(text);
  auto message = fmt::format("\"{}\" {}", shown, why);
  return fail(code, std::move(message), {{"amount", std::move(shown)}});
}

} // namespace

result<amount> parse_decimal(std::string_view text, std::uint8_t precision) {
  auto negative = text.starts_with('-');
  auto digits = text.substr(negative || text.starts_with('+') ? 1 : 0);
  auto point = digits.find('.');
  auto whole = digits.substr(0, point);
  auto decimals = point == digits.npos ? std::string_view{} : digits.substr(point + 1);
  if (!is_number(whole) || (point != digits.npos && !is_number(decimals)))
    return refuse(ec::invalid_amount, text, "is not a decimal number such as 226.70");
  if (decimals.size() > precision)
    return refuse(ec::invalid_amount, text,
                  fmt::format("has more than the {} decimals of its asset", precision));
  int128 number = 0;
  if (!append_digits(number, whole) || !append_digits(number, decimals) ||
      !append_zeros(number, precision - decimals.size()))
    return refuse(ec::overflow, text,
                  fmt::format("does not fit in 128 bits with {} decimals", precision));
  return *amount::from_int128(negative ? -number : number);
}

std::string to_decimal(amount x, std::uint8_t precision) {
  auto magnitude = static_cast<uint128>(x.is_negative() ? (-x).value() : x.value());
  auto text = fmt::format("{:0{}}", magnitude, precision + 1);
  if (precision > 0)
    text.insert(text.size() - precision, 1, '.');
  if (x.is_negative())
    text.insert(0, 1, '-');
  return text;
}

} // namespace daybook::ledger
