#include "protocol/line_values.hpp"

#include "base/limits.hpp"
#include "protocol/json_reader.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string>

namespace daybook::protocol {

namespace {

/// Longer than any number or time that is worth a look, and short enough for a message.
constexpr std::size_t value_bytes_max = 255;

/// One of the words that `Enum` prints as. `last` is its last enumerator; the first is 1.
template <class Enum>
result<Enum> read_word(const object_draft& from, field x, Enum last) {
  Enum value{};
  if (from_string(from.text(x), value))
    return value;
  std::string choices;
  for (int i = 1; i <= static_cast<int>(last); ++i)
    choices += fmt::format("{}`{}`", i == 1 ? "" : ", ", to_string(static_cast<Enum>(i)));
  return refuse(name_of(x), fmt::format("field `{}` of {} is \"{}\"; it may be {}", name_of(x),
                                        from.schema().what, shown(from.text(x)), choices));
}

/// Without a sign, a fraction or an exponent; nothing for what is none, or none of 64 bits.
std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc{} && end == text.data() + text.size())
    return value;
  return std::nullopt;
}

} // namespace

result<ledger::asset_class> read_asset_class(const object_draft& from) {
  return read_word(from, field::cls, ledger::asset_class::other);
}

result<ledger::account_kind> read_account_kind(const object_draft& from) {
  return read_word(from, field::kind, ledger::account_kind::clearing);
}

result<ledger::side> read_side(const object_draft& from, field x) {
  return read_word(from, x, ledger::side::credit);
}

result<std::uint8_t> read_precision(std::string_view text) {
  auto value = whole_number(text);
  if (value && *value <= precision_max)
    return static_cast<std::uint8_t>(*value);
  return refuse(name_of(field::precision),
                fmt::format("field `precision` of an asset is {}; it is a whole number of decimal "
                            "places from 0 to {}",
                            shown(text), precision_max));
}

result<ledger::amount> read_amount(std::string_view text, std::uint8_t precision) {
  if (text.size() <= value_bytes_max)
    return ledger::parse_decimal(text, precision);
  return fail(ec::invalid_amount, fmt::format("\"{}\" is too long for an amount", shown(text)),
              {{"amount", shown(text)}});
}

result<event_seq> read_seq(std::string_view text) {
  auto value = whole_number(text);
  if (value && *value > 0)
    return event_seq{*value};
  return refuse(name_of(field::reverses),
                fmt::format("field `reverses` of a transaction is {}; it is the seq of another "
                            "transaction, a whole number from 1",
                            shown(text)));
}

result<timestamp> read_timestamp(std::string_view text) {
  auto x = parse_timestamp(text.substr(0, value_bytes_max));
  if (x)
    return x;
  return refuse(name_of(field::occurred_at), "field `occurred_at`: " + x.error().message());
}

} // namespace daybook::protocol
