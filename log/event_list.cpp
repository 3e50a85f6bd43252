#include "log/event_list.hpp"

#include <array>

namespace daybook::log {

namespace {

constexpr std::size_t varint_bytes_max = 10;

} // namespace

void append_event(byte_buffer& payload, byte_span event) {
  std::array<std::byte, varint_bytes_max> length;
  std::size_t used = 0;
  std::uint64_t rest = event.size();
  while (rest >= 0x80) {
    length[used++] = static_cast<std::byte>(rest | 0x80);
    rest >>= 7;
  }
  length[used++] = static_cast<std::byte>(rest);
  payload.insert(payload.end(), length.begin(), length.begin() + used);
  payload.insert(payload.end(), event.begin(), event.end());
}

std::optional<byte_span> event_list::next() {
  if (rest_.empty() || malformed_)
    return std::nullopt;
  malformed_ = true;
  std::uint64_t length = 0;
  std::size_t used = 0;
  for (auto more = true; more; ++used) {
    if (used == rest_.size() || used == varint_bytes_max)
      return std::nullopt;
    auto bits = std::to_integer<std::uint64_t>(rest_[used]);
    // The tenth byte has room for one bit only.
    if (used == varint_bytes_max - 1 && bits > 1)
      return std::nullopt;
    length |= (bits & 0x7f) << (7 * used);
    more = (bits & 0x80) != 0;
  }
  if (length > rest_.size() - used)
    return std::nullopt;
  malformed_ = false;
  auto event = rest_.subspan(used, length);
  rest_ = rest_.subspan(used + length);
  return event;
}

std::optional<std::size_t> count_events(byte_span payload) {
  event_list events{payload};
  std::size_t count = 0;
  while (events.next())
    ++count;
  if (events.malformed())
    return std::nullopt;
  return count;
}

} // namespace daybook::log
