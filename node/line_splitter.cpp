#include "node/line_splitter.hpp"

#include <algorithm>
#include <utility>

namespace daybook::node {

namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;

} // namespace

line_splitter::line_splitter(read_some read, std::size_t line_bytes_max)
    : read_(std::move(read)), line_bytes_max_(line_bytes_max), chunk_(chunk_bytes) {}

result<std::optional<input_line>> line_splitter::next() {
  text_.clear();
  input_line line{.number = lines_ + 1};
  auto begun = false;
  for (auto ended = false; !ended;) {
    if (unread_.empty()) {
      auto more = refill();
      if (!more)
        return fail(std::move(more.error()));
      if (!*more && !begun)
        return std::nullopt;
      if (!*more)
        break;
    }
    begun = true;
    auto length = std::min(unread_.find('\n'), unread_.size());
    append(line, unread_.substr(0, length));
    ended = length < unread_.size();
    unread_.remove_prefix(length + ended);
  }
  ++lines_;
  line.text = text_;
  return line;
}

result<bool> line_splitter::refill() {
  auto count = read_(chunk_);
  if (!count)
    return fail(std::move(count.error()));
  bytes_read_ += *count;
  unread_ = {chunk_.data(), *count};
  return *count > 0;
}

void line_splitter::append(input_line& line, std::string_view piece) {
  line.bytes += piece.size();
  line.too_long = line.bytes > line_bytes_max_;
  if (line.too_long)
    text_.clear();
  else
    text_ += piece;
}

} // namespace daybook::node
