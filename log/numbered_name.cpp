#include "log/numbered_name.hpp"

#include <fmt/format.h>

#include <charconv>

namespace daybook::log {

namespace {

constexpr std::size_t digits = 20;

} // namespace

std::string numbered_name(std::string_view prefix, event_seq seq, std::string_view suffix) {
  return fmt::format("{}{:020}{}", prefix, seq.value(), suffix);
}

std::optional<event_seq> parse_numbered_name(std::string_view name, std::string_view prefix,
                                             std::string_view suffix) {
  if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix))
    return std::nullopt;
  auto number = name.substr(prefix.size(), digits);
  std::uint64_t seq = 0;
  auto [end, failure] = std::from_chars(number.data(), number.data() + digits, seq);
  if (failure != std::errc{} || end != number.data() + digits)
    return std::nullopt;
  return event_seq{seq};
}

} // namespace daybook::log
