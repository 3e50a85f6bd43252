#include "log/snapshot_reader.hpp"

#include "log/corruption.hpp"
#include "log/format.hpp"
#include "log/newer_format.hpp"

#include <fmt/format.h>

namespace daybook::log {

namespace {

std::string_view name_of(std::string_view path) { return path.substr(path.find_last_of('/') + 1); }

} // namespace

result<snapshot_reader> snapshot_reader::open(storage& disk, const std::string& path) {
  auto opened = disk.open(path, open_mode::read);
  if (!opened)
    return fail(opened.error());
  snapshot_reader reader{path, std::move(*opened)};
  if (auto done = reader.read_header(); !done)
    return fail(done.error());
  return reader;
}

result<void> snapshot_reader::read_header() {
  auto size = window_.size();
  if (!size)
    return fail(size.error());
  size_ = *size;
  auto bytes = window_.view(0, snapshot_header_bytes);
  if (!bytes)
    return fail(bytes.error());
  auto header = decode_snapshot_header(*bytes);
  if (!header)
    return corrupt("the header of the snapshot does not verify");
  if (header->version > snapshot_format_version)
    return newer_format_of(path_, header->version);
  header_ = header->content;
  if (parse_snapshot_name(name_of(path_)) != header_.last_seq)
    return corrupt("the snapshot is of another seq than the file's name says");
  position_ = snapshot_header_bytes;
  return {};
}

result<std::optional<byte_span>> snapshot_reader::next() {
  if (at_end_)
    return std::nullopt;
  auto bytes = window_.view(position_, snapshot_frame_bytes);
  if (!bytes)
    return fail(bytes.error());
  if (bytes->size() < snapshot_frame_bytes)
    return corrupt("the snapshot was cut off");
  auto frame = decode_snapshot_frame(*bytes, header_.salt);
  if (!frame)
    return corrupt("the head of a message does not verify");
  if (frame->kind == frame_kind::end) {
    if (auto done = check_end(*frame); !done)
      return fail(done.error());
    at_end_ = true;
    return std::nullopt;
  }
  if (frame->number != messages_ + 1)
    return corrupt(
        fmt::format("message {} stands in place of message {}", frame->number, messages_ + 1));
  // Before memory is taken for it.
  if (size_ - position_ - snapshot_frame_bytes < frame->message_bytes)
    return corrupt("the snapshot was cut off inside a message");
  auto message = window_.view(position_ + snapshot_frame_bytes, frame->message_bytes);
  if (!message)
    return fail(message.error());
  if (message->size() < frame->message_bytes ||
      checksum(*message, header_.salt) != frame->message_checksum)
    return corrupt("a message does not verify");
  ++messages_;
  position_ += snapshot_frame_bytes + frame->message_bytes;
  return *message;
}

result<void> snapshot_reader::check_end(const snapshot_frame& frame) {
  if (frame.number != messages_ || frame.message_checksum != checksum({}, header_.salt))
    return corrupt(
        fmt::format("the end counts {} messages, and there are {}", frame.number, messages_));
  if (position_ + snapshot_frame_bytes != size_)
    return corrupt("the file goes on behind the snapshot's end");
  return {};
}

tl::unexpected<error> snapshot_reader::corrupt(std::string_view what) const {
  return corrupt_at(path_, position_, what);
}

} // namespace daybook::log
