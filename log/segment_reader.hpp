#pragma once

#include "log/file_window.hpp"
#include "log/format.hpp"
#include "log/recovery.hpp"
#include "log/segment_footer.hpp"
#include "log/storage.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace daybook::log {

/// A record whose own bytes verify. Whether it follows the one before it is not known yet.
struct record {
  record_header header;
  byte_span bytes; ///< header, payload and padding; valid until the next call to its reader

  byte_span payload() const { return bytes.subspan(record_header_bytes, header.payload_bytes); }
};

/// Reads the records of one segment, in order. One thread at a time.
/// Errors of every call: `io`; `invalid_argument` with `file` for a newer format.
class segment_reader {
public:
  /// Errors also: `corrupt` with `file` and `offset` when the header page does not verify.
  static result<segment_reader> open(storage& disk, const std::string& path, open_mode mode);

  const std::string& path() const { return path_; }
  const segment_header& header() const { return header_; }
  std::uint64_t position() const { return position_; }

  /// The header of the record at the position, or nothing when none verifies there.
  result<std::optional<record_header>> read_header() { return read_header_at(position_); }
  result<std::optional<record_header>> read_header_at(std::uint64_t offset);

  /// The record at the position, or nothing when none verifies there. Stays in place.
  result<std::optional<record>> read();

  /// Goes on behind the record at the position.
  void pass(const record_header& header) { position_ += record_bytes(header.payload_bytes); }

  /// Goes to where a record begins or the records end.
  void go_to(std::uint64_t offset) { position_ = offset; }

  /// Looks at the position, where nothing verifies, and behind it.
  result<evidence> examine(bool last_segment);

  /// The trailer of the footer, or nothing when there is no good one.
  result<std::optional<footer_trailer>> read_trailer();

  /// The sparse index in the footer, or nothing when there is no good one.
  result<std::optional<sparse_index>> read_places();

  /// From the position to the end of the file.
  result<std::uint64_t> rest_bytes();

  /// The file may have been written to since the last call.
  void forget() { window_.forget(); }

  /// Makes durable what the file holds, also what somebody else has written to it.
  result<void> sync() { return window_.sync(); }

  std::uint64_t bytes_read() const { return window_.bytes_read(); }

private:
  segment_reader(std::string path, std::unique_ptr<file> from)
      : path_(std::move(path)), window_(std::move(from)) {}

  tl::unexpected<error> with_file(error x) const;

  std::string path_;
  file_window window_;
  segment_header header_;
  std::uint64_t position_ = header_page_bytes;
};

} // namespace daybook::log
