#include "log/segment_name.hpp"

#include "log/numbered_name.hpp"

namespace daybook::log {

namespace {

constexpr std::string_view prefix = "segment-";
constexpr std::string_view suffix = ".log";

} // namespace

std::string segment_name(event_seq first) { return numbered_name(prefix, first, suffix); }

std::optional<event_seq> parse_segment_name(std::string_view name) {
  auto first = parse_numbered_name(name, prefix, suffix);
  return first == event_seq{} ? std::nullopt : first;
}

} // namespace daybook::log
