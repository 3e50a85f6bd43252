#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::node {

struct input_line {
  std::uint64_t number = 0; ///< from 1
  std::string_view text{};  ///< without its newline; empty when the line is too long
  bool too_long = false;
  std::uint64_t bytes = 0; ///< length of the line, also of one that is too long
};

/// Cuts a stream of bytes into lines in bounded memory: a line over the limit is read past, never
/// held. The last line needs no newline.
class line_splitter {
public:
  /// Fills the front of the span and returns how many bytes that were; zero at the end.
  using read_some = std::function<result<std::size_t>(std::span<char>)>;

  line_splitter(read_some read, std::size_t line_bytes_max);

  /// The next line, valid until the next call, or nothing at the end.
  /// Errors: those of reading.
  result<std::optional<input_line>> next();

  std::uint64_t bytes_read() const { return bytes_read_; }

private:
  result<bool> refill();
  void append(input_line& line, std::string_view piece);

  read_some read_;
  std::size_t line_bytes_max_;
  std::vector<char> chunk_;
  std::string_view unread_; ///< of the chunk
  std::string text_;
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_read_ = 0;
};

} // namespace daybook::node
