#pragma once

#include "base/result.hpp"

#include <cstdio>
#include <initializer_list>
#include <string_view>

namespace daybook::node {

/// Where a command's result goes. A failure to write is remembered and reported once, by `finish`;
/// what comes after it is dropped. One thread.
class output {
public:
  output(std::FILE* to, bool json) : to_(to), json_(json) {}

  /// Whether the result is wanted as JSON: one object a line.
  bool json() const { return json_; }

  void line(std::string_view text);

  /// The plain form of a list: cells separated by tabs.
  void row(std::initializer_list<std::string_view> cells);

  /// `text` as it is.
  void write(std::string_view text);

  /// False once something could not be written: there is no sense in producing more.
  bool ok() const { return errno_ == 0; }

  /// Whether that is because nobody reads it any more, as after `| head`.
  bool reader_is_gone() const;

  /// Hands what was produced so far to the operating system.
  void flush();

  /// Hands everything to the operating system.
  /// Errors: `io` when that or a write before it failed.
  result<void> finish();

private:
  std::FILE* to_;
  bool json_;
  int errno_ = 0;
};

/// What an error says to people.
std::string_view sentence(const error& x);

/// Writes one line to standard error: `daybook: ` and the sentence, or the error as a JSON object.
void print_error(const error& x, bool json);

} // namespace daybook::node
