#include "log/file_window.hpp"

#include <algorithm>

namespace daybook::log {

result<byte_span> file_window::view(std::uint64_t offset, std::size_t length) {
  return fetch(offset, length, std::max(length, read_ahead));
}

result<byte_span> file_window::peek(std::uint64_t offset, std::size_t length) {
  return fetch(offset, length, std::max(length, peek_ahead));
}

result<byte_span> file_window::fetch(std::uint64_t offset, std::size_t length, std::size_t fill) {
  auto inside = offset >= start_ && offset - start_ <= held_;
  std::size_t kept = inside ? held_ - static_cast<std::size_t>(offset - start_) : 0;
  if (kept < length) {
    if (kept > 0)
      std::memmove(buffer_.data(), buffer_.data() + (held_ - kept), kept);
    if (buffer_.size() < fill)
      buffer_.resize(fill);
    start_ = offset;
    held_ = kept;
    auto got = file_->read_at(offset + kept, std::span{buffer_}.subspan(kept, fill - kept));
    if (!got)
      return fail(got.error());
    held_ += *got;
    kept = held_;
  }
  auto at = static_cast<std::size_t>(offset - start_);
  return byte_span{buffer_}.subspan(at, std::min(length, kept));
}

} // namespace daybook::log
