#include "node/table.hpp"

#include <algorithm>
#include <numeric>

namespace daybook::node {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 4;

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

/// Takes from the widest column of text until the line fits.
void narrow(std::vector<std::size_t>& widths, const std::vector<bool>& is_number,
            std::size_t columns_max) {
  auto total = [&] {
    return std::accumulate(widths.begin(), widths.end(), gap * (widths.size() - 1));
  };
  while (total() > columns_max) {
    std::size_t widest = widths.size();
    for (std::size_t i = 0; i < widths.size(); ++i)
      if (!is_number[i] && (widest == widths.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == widths.size() || widths[widest] <= narrowest)
      return;
    --widths[widest];
  }
}

} // namespace

std::size_t columns_of(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string cut_to(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns)
    return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end)
    if (begins_character(text[end]) && ++seen == columns)
      break;
  return text.substr(0, end) + "…";
}

std::string with_separators(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto i = text.size(); i > 3; i -= 3)
    text.insert(i - 3, ",");
  return text;
}

std::vector<std::string> table::lines(std::size_t columns_max) const {
  auto& head = rows_.front();
  std::vector<std::size_t> widths(head.size(), 0);
  std::vector<bool> is_number;
  for (auto& name : head)
    is_number.push_back(name.starts_with(' '));
  for (auto& row : rows_)
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]) - (&row == &head && is_number[i] ? 1 : 0));
  if (columns_max > 0)
    narrow(widths, is_number, columns_max);
  std::vector<std::string> lines;
  for (auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      auto text = &row == &head && is_number[i] ? row[i].substr(1) : row[i];
      auto cell = cut_to(text, widths[i]);
      std::string room(widths[i] - std::min(widths[i], columns_of(cell)), ' ');
      line += (i == 0 ? "" : std::string(gap, ' ')) + (is_number[i] ? room + cell : cell + room);
    }
    lines.push_back(trimmed(columns_max > 0 ? cut_to(line, columns_max) : line));
  }
  return lines;
}

} // namespace daybook::node
