#pragma once

#include "base/result.hpp"

#include <rocksdb/status.h>

#include <string>
#include <string_view>

namespace daybook::index {

/// Whether `status`, from opening a database that exists, means that it is of no use as it is:
/// damaged, incomplete or of another make. Not so for a full disk, a missing
/// permission or a lock that is held.
bool is_damage(const rocksdb::Status& status);

/// The error of a failed call on the database in `directory`: `corrupt` with `file` (the directory,
/// for all of it is rebuilt or nothing), `locked` with `path` and perhaps `pid`, else `io` with
/// `path`, `operation` and, where RocksDB tells it, `errno`.
tl::unexpected<error> to_error(const rocksdb::Status& status, const std::string& directory,
                               std::string_view operation);

/// The `corrupt` error of `to_error`, for bytes that RocksDB gives and that mean nothing.
tl::unexpected<error> corrupt(const std::string& directory, std::string_view what);

/// The same when the next opening will throw the index away by itself.
tl::unexpected<error> to_be_rebuilt(const std::string& directory, std::string_view what);

} // namespace daybook::index
