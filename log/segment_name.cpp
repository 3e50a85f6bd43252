#include "log/segment_name.hpp"

#include <fmt/format.h>

#include <charconv>

namespace daybook::log {

namespace {

constexpr std::string_view prefix = "segment-";
constexpr std::string_view suffix = ".log";
constexpr std::size_t digits = 20;

} // namespace

std::string segment_name(event_seq first) {
  return fmt::format("{}{:020}{}", prefix, first.value(), suffix);
}

std::optional<event_seq> parse_segment_name(std::string_view name) {
  if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix))
    return std::nullopt;
  auto number = name.substr(prefix.size(), digits);
  std::uint64_t seq = 0;
  auto [end, failure] = std::from_chars(number.data(), number.data() + digits, seq);
  if (failure != std::errc{} || end != number.data() + digits || seq == 0)
    return std::nullopt;
  return event_seq{seq};
}

} // namespace daybook::log
