#include "node/event_kinds.hpp"

#include <algorithm>

namespace daybook::node {

namespace {

void append(std::string& to, std::string_view separator, std::string_view item) {
  if (!to.empty())
    to += separator;
  to += item;
}

} // namespace

actors::event_filter make_filter(const std::vector<std::string>& kinds,
                                 std::vector<std::string> prefixes) {
  actors::event_filter filter;
  for (auto& [name, kind] : event_kinds)
    if (std::ranges::find(kinds, name) != kinds.end())
      filter.kinds.push_back(kind);
  filter.account_prefixes = std::move(prefixes);
  return filter;
}

std::string describe(const actors::event_filter& x) {
  std::string kinds;
  for (auto& [name, kind] : event_kinds)
    if (std::ranges::find(x.kinds, kind) != x.kinds.end())
      append(kinds, ", ", name);
  std::string prefixes;
  for (auto& prefix : x.account_prefixes)
    append(prefixes, ", ", prefix);
  if (!prefixes.empty())
    append(kinds, "; ", prefixes);
  return kinds.empty() ? "-" : kinds;
}

} // namespace daybook::node
