#pragma once

#include "log/storage.hpp"

#include <cstdint>
#include <memory>

namespace daybook::log {

/// Reading of one file through one reusable buffer. The buffer is as large as the largest view
/// asked for, at least `read_ahead`; it is the caller who bounds that.
///
/// How much is read at once follows from how it is used: little after a jump, for it may have been
/// a look here and there, and twice as much each time that the reading goes on, up to `read_ahead`.
class file_window {
public:
  static constexpr std::size_t read_ahead = 1024 * 1024;
  static constexpr std::size_t read_ahead_min = 4096;

  explicit file_window(std::unique_ptr<file> from) : file_(std::move(from)) {}

  /// The bytes at `offset`, fewer than `length` where the file ends. Valid until the next call.
  result<byte_span> view(std::uint64_t offset, std::size_t length);

  /// The next view asks the file again: it may have been written to since.
  void forget() { held_ = 0; }

  result<std::uint64_t> size() { return file_->size(); }
  result<void> sync() { return file_->sync(); }

  /// What was read from the file until now.
  std::uint64_t bytes_read() const { return bytes_read_; }

private:
  result<void> fill(std::uint64_t offset, std::size_t kept, std::size_t length);

  std::unique_ptr<file> file_;
  byte_buffer buffer_;
  std::uint64_t start_ = 0; ///< of the buffer in the file
  std::size_t held_ = 0;    ///< bytes in the buffer
  std::size_t ahead_ = 0;   ///< the last time
  std::uint64_t bytes_read_ = 0;
};

} // namespace daybook::log
