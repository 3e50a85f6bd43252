#include "log/file_window.hpp"

#include <algorithm>

namespace daybook::log {

result<byte_span> file_window::view(std::uint64_t offset, std::size_t length) {
  auto inside = offset >= start_ && offset - start_ <= held_;
  auto kept = inside ? held_ - static_cast<std::size_t>(offset - start_) : 0;
  if (kept < length) {
    if (auto filled = fill(offset, kept, length); !filled)
      return fail(filled.error());
    kept = held_;
  }
  auto at = static_cast<std::size_t>(offset - start_);
  return byte_span{buffer_}.subspan(at, std::min(length, kept));
}

/// Makes the buffer begin at `offset`, where `kept` bytes of it are there already.
result<void> file_window::fill(std::uint64_t offset, std::size_t kept, std::size_t length) {
  // Passing over less than was just read is going on: reading it costs less than asking again.
  auto goes_on = ahead_ > 0 && offset >= start_ && offset - start_ <= held_ + ahead_;
  ahead_ = goes_on ? std::min(ahead_ * 2, read_ahead) : read_ahead_min;
  auto wanted = std::max(length, ahead_);
  if (kept > 0)
    std::memmove(buffer_.data(), buffer_.data() + (held_ - kept), kept);
  if (buffer_.size() < wanted)
    buffer_.resize(wanted);
  start_ = offset;
  held_ = kept;
  auto got = file_->read_at(offset + kept, std::span{buffer_}.subspan(kept, wanted - kept));
  if (!got)
    return fail(got.error());
  held_ += *got;
  bytes_read_ += *got;
  return {};
}

} // namespace daybook::log
