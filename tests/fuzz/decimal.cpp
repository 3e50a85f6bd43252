#include "base/check.hpp"
#include "base/limits.hpp"
#include "ledger/amount.hpp"
#include "tests/fuzz/targets.hpp"

#include <string>

namespace daybook::fuzz {

namespace {

/// The text as it would be printed: no plus, no leading zeros, all decimals; zero has no sign.
std::string canonical(std::string_view text, std::uint8_t precision) {
  auto is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+'))
    text.remove_prefix(1);
  auto point = text.find('.');
  auto decimals = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  auto whole = text.substr(0, point);
  while (whole.size() > 1 && whole.starts_with('0'))
    whole.remove_prefix(1);
  std::string digits{whole};
  if (precision > 0)
    digits += "." + std::string{decimals} + std::string(precision - decimals.size(), '0');
  auto is_zero = digits.find_first_not_of("0.") == std::string::npos;
  return is_negative && !is_zero ? "-" + digits : digits;
}

} // namespace

void decimal(byte_span input) {
  if (input.empty())
    return;
  auto precision =
      static_cast<std::uint8_t>(std::to_integer<unsigned>(input[0]) % (precision_max + 1));
  auto text = as_text(input.subspan(1));
  auto parsed = ledger::parse_decimal(text, precision);
  if (!parsed) {
    auto code = parsed.error().code();
    DAYBOOK_CHECK(code == ec::invalid_amount || code == ec::overflow);
    // It quotes the text, bytes that cannot be printed as four each.
    DAYBOOK_CHECK(parsed.error().message().size() <= 4 * text.size() + 1'000);
    return;
  }
  auto printed = ledger::to_decimal(*parsed, precision);
  DAYBOOK_CHECK(printed == canonical(text, precision));
  DAYBOOK_CHECK(ledger::parse_decimal(printed, precision) == parsed);
  auto opposite = ledger::to_decimal(-*parsed, precision);
  DAYBOOK_CHECK(ledger::parse_decimal(opposite, precision) == -*parsed);
}

} // namespace daybook::fuzz
