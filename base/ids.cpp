#include "base/ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace daybook {

std::string to_string(const transaction_id& x) {
  return fmt::format("{:016x}{:016x}", x.book.value(), x.seq.value());
}

bool from_string(std::string_view text, transaction_id& x) {
  constexpr std::size_t digits = 16;
  auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (text.size() != 2 * digits || !std::ranges::all_of(text, is_digit))
    return false;
  auto half = [text](std::size_t at) {
    std::uint64_t value = 0;
    std::from_chars(text.data() + at, text.data() + at + digits, value, 16);
    return value;
  };
  x = {book_id{half(0)}, event_seq{half(digits)}};
  return true;
}

} // namespace daybook
