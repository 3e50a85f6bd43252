#pragma once

#include "log/storage.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::log {

/// Writes a file that appears under its name whole and durable, or not at all. Until `publish` it
/// has a temporary name in the same directory, which the destructor removes if it can; a crash may
/// leave it. Writes are buffered. One thread at a time; every call may block on the disk.
///
/// The first error stays: every later call gives it again.
class atomic_file_writer {
public:
  static constexpr std::size_t buffer_bytes = 256 * 1024;

  /// A file that has the temporary name is what a crash left: it is replaced. So nobody else may be
  /// writing under that name. Errors: `io`.
  static result<atomic_file_writer> create(storage& disk, std::string directory,
                                           std::string_view temporary_name);

  atomic_file_writer(atomic_file_writer&&) noexcept = default;
  atomic_file_writer& operator=(atomic_file_writer&&) = delete;
  ~atomic_file_writer();

  /// Errors: `io`.
  result<void> append(byte_span bytes);

  /// Gives the file its name, in place of another file of that name. Durable when it returns. After
  /// an error there is the old file or the whole new one; a crash may choose again between them.
  /// Errors: `io`.
  result<void> publish(std::string_view name);

  /// What was appended.
  std::uint64_t bytes() const { return flushed_ + buffer_.size(); }

private:
  atomic_file_writer(storage& disk, std::string directory, std::string path,
                     std::unique_ptr<file> to)
      : disk_(&disk),
        directory_(std::move(directory)),
        path_(std::move(path)),
        file_(std::move(to)) {}

  result<void> write(byte_span bytes);
  result<void> flush();
  result<void> make_durable_as(std::string_view name);
  result<void> keep_error(result<void> outcome);

  storage* disk_;
  std::string directory_;
  std::string path_;           ///< the temporary one
  std::unique_ptr<file> file_; ///< null after the name was given, and in a moved-from object
  byte_buffer buffer_;
  std::uint64_t flushed_ = 0;
  std::optional<error> failed_;
};

} // namespace daybook::log
