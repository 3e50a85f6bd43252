#pragma once

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::log {

/// How a file is opened.
enum class open_mode {
  read,
  /// Reads come from the device, not from the page cache, as far as the file system can do it. See
  /// `batch_reader` for why recovery needs this [I2].
  read_past_cache,
  write,      ///< an existing file, to read and write
  create_new, ///< to read and write; fails with errno EEXIST when the name is taken
};

/// One open file. Closed by its destructor, which makes nothing durable. `read_at` may be called
/// from several threads at once; everything else from one thread at a time.
///
/// Offsets and sizes are bytes. Every error is `io` with `path`, `operation` and `errno`.
class file {
public:
  virtual ~file() = default;

  /// Reads until `into` is full or the file ends; returns how many bytes that were. Bytes between
  /// the end of what was ever written and the end of the file are zero.
  virtual result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;

  /// Writes all of `bytes`, growing the file when they pass its end. Nothing is durable before the
  /// next successful `sync`. On error any part of them may have been written.
  virtual result<void> write_at(std::uint64_t offset, byte_span bytes) = 0;

  /// Makes the file's content and size durable, but not its name: see `sync_directory`. Also for a
  /// file that was opened to be read: then it is what others have written. On error the state of
  /// everything written since the last successful sync is unknown, and a second call would prove
  /// nothing [I2].
  virtual result<void> sync() = 0;

  /// Cuts the file, or extends it with zeros. Durable after the next `sync`; until then a crash
  /// leaves either size.
  virtual result<void> truncate(std::uint64_t size) = 0;

  virtual result<std::uint64_t> size() = 0;
};

/// An exclusive lock, held until it is destroyed or the process ends, however it ends.
class held_lock {
public:
  virtual ~held_lock() = default;
};

enum class entry_kind { none, file, directory, other };

/// The log's only way to the outside. Production has `posix_storage`; tests have one in memory and
/// one that injects faults. Any thread may call any operation.
///
/// Names are not durable by themselves: a file that was created, renamed or removed may be found
/// either way after a crash until its directory was synced.
///
/// Every error is `io` with `path`, `operation` and `errno` unless an operation says otherwise.
class storage {
public:
  virtual ~storage() = default;

  virtual result<std::unique_ptr<file>> open(const std::string& path, open_mode mode) = 0;

  /// What a path names. `none` is not an error.
  virtual result<entry_kind> kind(const std::string& path) = 0;

  /// The names in a directory without `.` and `..`, sorted.
  virtual result<std::vector<std::string>> list(const std::string& directory) = 0;

  /// The parent must exist and the name must be free.
  virtual result<void> create_directory(const std::string& path) = 0;

  /// Atomic: at any moment, and after a crash, there is the old name or the new one. A directory
  /// may only replace an empty one.
  virtual result<void> rename(const std::string& from, const std::string& to) = 0;

  /// Removes a file or an empty directory.
  virtual result<void> remove(const std::string& path) = 0;

  /// Makes the names in a directory durable: what was created, renamed or removed before this call
  /// stays so after a crash. Says nothing about the content of the files.
  virtual result<void> sync_directory(const std::string& path) = 0;

  /// Takes the exclusive lock of an existing file or directory without waiting; changes nothing on
  /// disk. Two holders exclude each other even inside one process.
  /// Errors: `locked` with `path` and, where the system tells, the holder's `pid`; `io`.
  virtual result<std::unique_ptr<held_lock>> lock(const std::string& path) = 0;
};

/// `directory/name`.
inline std::string join(std::string_view directory, std::string_view name) {
  std::string path{directory};
  if (!path.ends_with('/'))
    path += '/';
  return path.append(name);
}

} // namespace daybook::log
