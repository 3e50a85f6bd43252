#pragma once

#include "base/bytes.hpp"
#include "log/storage.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// Small files that are written whole and verify: a magic word, a version, the content and a
// checksum (docs/format.md). For one file from one thread at a time; every call may block on the
// disk.

namespace daybook::log {

inline constexpr std::size_t small_file_bytes_max = 64 * 1024 * 1024;

/// Writes the file in place of one of that name; durable when it returns. After an error, and after
/// a crash inside, there is the old file or the whole new one.
/// Errors: `limit_exceeded` past `small_file_bytes_max`; `io`.
result<void> write_small_file(storage& disk, const std::string& directory, std::string_view name,
                              byte_span content);

/// The content, or nothing when there is no such file.
/// Errors: `corrupt` with `file` and `offset`; `invalid_argument` when a newer version wrote the
/// file; `io`.
result<std::optional<byte_buffer>> read_small_file(storage& disk, const std::string& directory,
                                                   std::string_view name);

} // namespace daybook::log
