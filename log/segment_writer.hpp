#pragma once

#include "log/format.hpp"
#include "log/storage.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace daybook::log {

/// Appends to one segment. One thread at a time; every call may block on the disk.
///
/// The file is kept larger than its content: zeros are written ahead of the end in growing steps,
/// so that most syncs have only data to make durable and no new file size or new blocks. Zeros are
/// only ever written behind the end of the last record, and nothing relies on them being there.
class segment_writer {
public:
  /// Creates a segment that is durable, name and header page, when this returns. A crash before
  /// that leaves no file, or one that `examine_header_page` knows for an interrupted creation.
  /// Errors: `io`.
  static result<segment_writer> create(storage& disk, const std::string& directory,
                                       const segment_header& header);

  /// Goes on at `end`, where the last record of an existing segment ends. Writes nothing.
  static result<segment_writer> resume(storage& disk, const std::string& path,
                                       const segment_header& header, std::uint64_t end);

  /// Writes a record with one write and makes it durable with one sync. On error it may or may not
  /// be durable, and the segment must not be written again [I2].
  result<void> append(byte_span record);

  /// Cuts what lies behind the last record; durable with the next append. A writer does this before
  /// it appends to a segment that it did not create: after a failed sync the page cache may show
  /// bytes there that the disk does not have, and they would come back to life with the page.
  result<void> cut_rest();

  /// Writes a footer behind the last record, and syncs nothing: for a segment that is followed by
  /// another one that is durable. On error, and when power goes, any part of the footer may be
  /// there, and so may the zeros that were behind the record. Nothing is appended after it.
  result<void> seal(byte_span footer);

  /// Writes zeros ahead when few are left, and syncs them.
  result<void> prepare();

  result<void> sync() { return file_->sync(); }

  std::uint64_t end() const { return end_; }
  std::uint64_t salt() const { return salt_; }
  event_seq first_seq() const { return first_seq_; }

private:
  segment_writer(std::unique_ptr<file> to, const segment_header& header, std::uint64_t end,
                 std::uint64_t size);

  result<void> grow(std::uint64_t from);

  std::unique_ptr<file> file_;
  std::uint64_t salt_;
  event_seq first_seq_;
  std::uint64_t end_;  ///< of the last record
  std::uint64_t size_; ///< of the file; zeros from `end_` to here
  std::uint64_t step_;
};

} // namespace daybook::log
