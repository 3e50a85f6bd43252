#pragma once

#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "log/storage.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The positions of durable cursors, one small file each: `<book's directory>/cursor-<name>.pos`.
// Calls for one cursor from one thread at a time, else any thread; every call may block on the
// disk.

namespace daybook::log {

inline constexpr std::size_t cursor_name_bytes_max = 100;
inline constexpr std::size_t cursor_filter_bytes_max = 64 * 1024;

struct cursor_record {
  std::string name;
  book_id book;
  event_seq seq;      ///< how far the cursor's owner got
  std::string filter; ///< what the cursor is bound to: its owner's text, any bytes
  timestamp stored_at;

  friend bool operator==(const cursor_record&, const cursor_record&) = default;
};

/// A cursor's name: 1 to 100 bytes of a-z, 0-9, `.`, `_`, `-`, beginning with a letter or a digit.
/// Errors: `invalid_name` with `name`.
result<void> check_cursor_name(std::string_view name);

/// Stores the position; durable when it returns. After an error, and after a crash inside, the
/// position is the one before or this one.
/// Errors: `invalid_name`; `limit_exceeded` for a filter that is too long; `io`.
result<void> store_cursor(storage& disk, const std::string& directory, const cursor_record& x);

/// The position, or nothing when there is no such cursor. Whether it is of the same book and filter
/// is for the caller to compare.
/// Errors: `invalid_name`; `corrupt` with `file` and `offset`; `invalid_argument` when a newer
/// version wrote the file; `io`.
result<std::optional<cursor_record>> load_cursor(storage& disk, const std::string& directory,
                                                 std::string_view name);

/// The names of a book's cursors, sorted. Errors: `io`.
result<std::vector<std::string>> list_cursors(storage& disk, const std::string& directory);

/// Forgets a cursor; durable when it returns. False when there was none.
/// Errors: `invalid_name`; `io`.
result<bool> remove_cursor(storage& disk, const std::string& directory, std::string_view name);

} // namespace daybook::log
