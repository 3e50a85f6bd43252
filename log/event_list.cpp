#include "log/event_list.hpp"

#include "base/varint.hpp"

namespace daybook::log {

void append_event(byte_buffer& payload, byte_span event) {
  append_varint(payload, event.size());
  payload.insert(payload.end(), event.begin(), event.end());
}

std::optional<byte_span> event_list::next() {
  if (rest_.empty() || malformed_)
    return std::nullopt;
  auto length = take_varint(rest_);
  malformed_ = !length || *length > rest_.size();
  if (malformed_)
    return std::nullopt;
  auto event = rest_.first(*length);
  rest_ = rest_.subspan(*length);
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
