#pragma once

#include "base/ids.hpp"
#include "log/storage.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace daybook::log {

struct snapshot_entry {
  event_seq last_seq;
  std::string path;

  friend bool operator==(const snapshot_entry&, const snapshot_entry&) = default;
};

/// The snapshots in a book's directory, the newest first. Says nothing about what is in them.
/// Any thread. Errors: `not_found` (field `what`) when there is no such directory; `io`.
result<std::vector<snapshot_entry>> list_snapshots(storage& disk, const std::string& directory);

/// Removes all snapshots but the newest `count`, and what interrupted writing left. Those that stay
/// are durable, name and all, before one is removed. No snapshot of the book is being written
/// meanwhile. One thread at a time. Errors: as `list_snapshots`.
result<void> keep_snapshots(storage& disk, const std::string& directory, std::size_t count);

} // namespace daybook::log
