#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace daybook::node {

/// Rows of cells in columns that are as wide as they have to be: for people. The first row is the
/// head. A column whose head begins with a space holds numbers, to the right.
class table {
public:
  explicit table(std::vector<std::string> head) { add(std::move(head)); }

  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Lines without their ends; columns of text give way until a line fits, and are then cut. Zero:
  /// lines are as long as they are.
  std::vector<std::string> lines(std::size_t columns_max = 0) const;

private:
  std::vector<std::vector<std::string>> rows_;
};

/// The display columns that a text in UTF-8 takes when each character takes one.
std::size_t columns_of(const std::string& text);

/// The beginning of a text, with `…` in the place of what does not fit.
std::string cut_to(const std::string& text, std::size_t columns);

/// 1234567 as `1,234,567`.
std::string with_separators(std::uint64_t number);

} // namespace daybook::node
