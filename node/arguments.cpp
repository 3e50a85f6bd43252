#include "node/arguments.hpp"

#include "base/names.hpp"
#include "base/timestamp.hpp"

#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace daybook::node {

namespace {

constexpr auto digits = "0123456789";

tl::unexpected<error> refuse(std::string_view text, const std::string& why) {
  auto shown = printable(text);
  return fail(ec::invalid_argument, "'" + shown + "' is " + why, {{"argument", shown}});
}

struct parts {
  std::string_view path;
  std::string_view value;
};

std::optional<parts> split(std::string_view text) {
  auto at = text.rfind('=');
  if (at == text.npos || at == 0 || at + 1 == text.size())
    return std::nullopt;
  return parts{text.substr(0, at), text.substr(at + 1)};
}

} // namespace

result<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  auto end = text.data() + text.size();
  auto [stopped, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stopped != end)
    return refuse(text, "not a whole number from 0 to 18446744073709551615");
  return value;
}

result<actors::moment> parse_moment(std::string_view text) {
  if (!text.empty() && text.find_first_not_of(digits) == text.npos)
    return parse_count(text).map(
        [](std::uint64_t x) { return actors::moment{event_seq{x}, std::nullopt}; });
  auto time = parse_timestamp(text);
  if (!time)
    return refuse(text, "neither a seq nor a time; write it like 17, 2024-05-01 or "
                        "2024-05-01T12:30:00Z");
  return actors::moment{std::nullopt, *time};
}

result<event_name> parse_event_name(std::string_view text) {
  if (transaction_id id; from_string(text, id))
    return id;
  auto seq = parse_count(text);
  if (!seq)
    return refuse(text, "neither a transaction id, which has 32 hexadecimal digits, nor a seq");
  return event_seq{*seq};
}

result<amount_argument> parse_amount_argument(std::string_view text) {
  auto found = split(text);
  if (!found)
    return refuse(text, "not PATH=AMOUNT; write it like assets:cash=12.50");
  return amount_argument{std::string{found->path}, std::string{found->value}};
}

result<version_argument> parse_version_argument(std::string_view text) {
  if (auto found = split(text))
    if (auto seq = parse_count(found->value))
      return version_argument{std::string{found->path}, event_seq{*seq}};
  return refuse(text, "not PATH=SEQ; write it like assets:cash=17");
}

} // namespace daybook::node
