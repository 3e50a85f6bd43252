#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"
#include "log/storage.hpp"

#include <string>
#include <string_view>

namespace daybook::log {

/// Directories with this prefix are books whose creation was interrupted. No book's name begins
/// with a dot.
inline constexpr std::string_view unfinished_book_prefix = ".new-";

/// Creates an empty book: all of it is durable when this returns, and after a crash all of it is
/// there or no book. `directory` must not exist; its parent must. Draws the book's id first and
/// then the first segment's salt. Errors: `io`.
result<void> create_book(storage& disk, random_source& random, timestamp now,
                         const std::string& directory, std::string_view book);

/// The directory that a path without a trailing slash is in.
std::string parent_of(std::string_view path);

} // namespace daybook::log
