#include "log/snapshot_writer.hpp"

#include "log/format.hpp"

#include <fmt/format.h>

namespace daybook::log {

result<snapshot_writer> snapshot_writer::create(storage& disk, std::string directory,
                                                event_seq last_seq, book_id book,
                                                std::uint64_t salt) {
  // Power lost from here until `finish` has renamed the file: the snapshots of before, and perhaps
  // a temporary file.
  auto to =
      atomic_file_writer::create(disk, std::move(directory), unfinished_snapshot_name(last_seq));
  if (!to)
    return fail(to.error());
  snapshot_writer created{std::move(*to), {last_seq, book, salt}};
  if (auto done = created.to_.append(encode_snapshot_header(created.header_)); !done)
    return fail(done.error());
  return created;
}

result<void> snapshot_writer::add(byte_span message) {
  if (message.size() > snapshot_message_bytes_max)
    return fail(ec::limit_exceeded,
                fmt::format("a part of the snapshot has {} bytes: {} are possible", message.size(),
                            snapshot_message_bytes_max),
                {{"what", "snapshot message bytes"},
                 {"limit", std::to_string(snapshot_message_bytes_max)},
                 {"would_be", std::to_string(message.size())}});
  ++messages_;
  return append({frame_kind::message, static_cast<std::uint32_t>(message.size()), messages_,
                 checksum(message, header_.salt)},
                message);
}

result<void> snapshot_writer::finish() {
  if (auto done = append({frame_kind::end, 0, messages_, checksum({}, header_.salt)}, {}); !done)
    return done;
  // Power lost inside: the snapshots of before, with or without this one, which is whole.
  return to_.publish(snapshot_name(header_.last_seq));
}

result<void> snapshot_writer::append(const snapshot_frame& frame, byte_span message) {
  if (auto done = to_.append(encode_snapshot_frame(frame, header_.salt)); !done)
    return done;
  return to_.append(message);
}

} // namespace daybook::log
