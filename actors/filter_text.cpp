#include "actors/filter_text.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace daybook::actors {

namespace {

constexpr std::string_view kind_word = "kind ";
constexpr std::string_view prefix_word = "account ";

constexpr std::array<std::pair<event_kind, std::string_view>, 5> kind_names{{
    {event_kind::asset_registered, "asset_registered"},
    {event_kind::account_opened, "account_opened"},
    {event_kind::transaction_posted, "transaction_posted"},
    {event_kind::account_closed, "account_closed"},
    {event_kind::account_reopened, "account_reopened"},
}};

std::string_view without_colon(std::string_view prefix) {
  if (prefix.ends_with(':'))
    prefix.remove_suffix(1);
  return prefix;
}

bool read_line(std::string_view line, event_filter& to) {
  if (line.starts_with(prefix_word)) {
    to.account_prefixes.emplace_back(line.substr(prefix_word.size()));
    return true;
  }
  if (!line.starts_with(kind_word))
    return false;
  auto known = std::ranges::find(kind_names, line.substr(kind_word.size()),
                                 [](auto& x) { return x.second; });
  if (known == kind_names.end())
    return false;
  to.kinds.push_back(known->first);
  return true;
}

} // namespace

std::string to_text(const event_filter& x) {
  std::string text;
  for (auto& [kind, name] : kind_names)
    if (std::ranges::find(x.kinds, kind) != x.kinds.end())
      text.append(kind_word).append(name).append("\n");
  std::set<std::string_view> prefixes;
  for (auto& prefix : x.account_prefixes)
    prefixes.insert(without_colon(prefix));
  for (auto prefix : prefixes)
    text.append(prefix_word).append(prefix).append("\n");
  return text;
}

result<event_filter> filter_of_text(std::string_view text) {
  event_filter filter;
  while (!text.empty()) {
    auto end = text.find('\n');
    if (end == std::string_view::npos || !read_line(text.substr(0, end), filter))
      return fail(ec::corrupt, "the filter of a stored cursor cannot be read");
    text.remove_prefix(end + 1);
  }
  return filter;
}

} // namespace daybook::actors
