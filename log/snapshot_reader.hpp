#pragma once

#include "log/file_window.hpp"
#include "log/snapshot_format.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace daybook::log {

/// Reads a snapshot, message by message. Holds the largest message or 1 MiB, whichever is more. One
/// thread at a time; every call may block on the disk.
///
/// A message that is given out verifies, but only the end tells that none is missing behind it:
/// whoever builds on a snapshot reads it to the end first, or throws the work away on an error.
///
/// Errors: `corrupt` with `file` and `offset`; `invalid_argument` when a newer version wrote the
/// file; `io`.
class snapshot_reader {
public:
  static result<snapshot_reader> open(storage& disk, const std::string& path);

  /// The caller knows which book it is reading and compares.
  const snapshot_header& header() const { return header_; }

  /// The next message, valid until the next call, or nothing at the end. After an error every call
  /// gives an error.
  result<std::optional<byte_span>> next();

private:
  snapshot_reader(std::string path, std::unique_ptr<file> from)
      : path_(std::move(path)), window_(std::move(from)) {}

  result<void> read_header();
  result<void> check_end(const snapshot_frame& frame);
  tl::unexpected<error> corrupt(std::string_view what) const;

  std::string path_;
  file_window window_;
  snapshot_header header_;
  std::uint64_t size_ = 0;     ///< of the file
  std::uint64_t position_ = 0; ///< of the next frame
  std::uint64_t messages_ = 0; ///< given out
  bool at_end_ = false;
};

} // namespace daybook::log
