#pragma once

#include "log/atomic_file_writer.hpp"
#include "log/snapshot_format.hpp"

#include <cstdint>
#include <string>

namespace daybook::log {

/// Writes a snapshot: a sequence of messages that mean nothing to this room. It appears under its
/// name whole and durable when `finish` returns, or not at all; destroyed before that, it leaves
/// nothing but what a crash leaves, and `keep_snapshots` removes that.
///
/// Of one book one at a time. One thread at a time; every call may block on the disk. Holds no more
/// than 256 KiB. The first error stays: every later call gives it again.
class snapshot_writer {
public:
  /// `last_seq` is the last event in the snapshot and is durable in the log; `salt` is random.
  /// Errors: `io`.
  static result<snapshot_writer> create(storage& disk, std::string directory, event_seq last_seq,
                                        book_id book, std::uint64_t salt);

  /// Errors: `io`; `limit_exceeded` (`what`, `limit`, `would_be`) for a message over
  /// `snapshot_message_bytes_max`, which writes nothing and spoils nothing.
  result<void> add(byte_span message);

  /// Nothing may be called after it. On `io` the snapshot is there or not.
  result<void> finish();

  /// Of the file so far.
  std::uint64_t bytes() const { return to_.bytes(); }

private:
  snapshot_writer(atomic_file_writer to, const snapshot_header& header)
      : to_(std::move(to)), header_(header) {}

  result<void> append(const snapshot_frame& frame, byte_span message);

  atomic_file_writer to_;
  snapshot_header header_;
  std::uint64_t messages_ = 0;
};

} // namespace daybook::log
