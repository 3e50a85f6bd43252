#pragma once

#include "log/storage.hpp"

#include <cstdint>
#include <memory>

namespace daybook::log {

/// Sequential reading of one file through one reusable buffer. The buffer is as large as the
/// largest view asked for, at least `read_ahead`; it is the caller who bounds that.
class file_window {
public:
  static constexpr std::size_t read_ahead = 1024 * 1024;
  static constexpr std::size_t peek_ahead = 4096;

  explicit file_window(std::unique_ptr<file> from) : file_(std::move(from)) {}

  /// The bytes at `offset`, fewer than `length` where the file ends. Valid until the next call.
  result<byte_span> view(std::uint64_t offset, std::size_t length);

  /// As `view`, but reads hardly more than asked for: for looking here and there.
  result<byte_span> peek(std::uint64_t offset, std::size_t length);

  /// The next view asks the file again: it may have been written to since.
  void forget() { held_ = 0; }

  result<std::uint64_t> size() { return file_->size(); }

private:
  result<byte_span> fetch(std::uint64_t offset, std::size_t length, std::size_t fill);

  std::unique_ptr<file> file_;
  byte_buffer buffer_;
  std::uint64_t start_ = 0; ///< of the buffer in the file
  std::size_t held_ = 0;    ///< bytes in the buffer
};

} // namespace daybook::log
