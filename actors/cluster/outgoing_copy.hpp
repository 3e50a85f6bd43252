#pragma once

#include "actors/cluster/handover_messages.hpp"
#include "base/result.hpp"
#include "log/storage.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::actors {

/// The files of a book, piece by piece, while somebody may be writing them: which pieces another
/// node has, and which is next. Snapshots and cursors go first and segments follow in order, for
/// what was derived from the log must not be of a later time. One thread at a time; calls block.
/// Errors of all: `io`.
class outgoing_copy {
public:
  static constexpr std::size_t chunk_bytes = 1024 * 1024;

  outgoing_copy(log::storage& disk, std::string directory)
      : disk_(&disk), directory_(std::move(directory)) {}

  /// Looks which files there are, and how long. For the last time when nobody writes the book any
  /// more: what is written in place of a file of the same name is sent again then.
  result<void> look(bool for_the_last_time);

  /// The next piece of what was there at the last look; nothing when all of it was sent.
  result<std::optional<file_chunk>> next();

  /// Of the segments, all that stands behind this has to be sent again.
  void go_back_to(const copied_end& x);

  /// To be sent, as of the last look.
  std::uint64_t bytes_left() const;

  std::vector<copied_file> files() const;

private:
  struct entry {
    std::uint64_t bytes = 0;
    std::uint64_t sent = 0;
  };

  static bool is_segment(std::string_view name) { return name.starts_with("segment-"); }
  static bool is_snapshot(std::string_view name) { return name.starts_with("snapshot-"); }

  result<std::optional<std::uint64_t>> size_of(const std::string& name);
  result<std::optional<file_chunk>> read(const std::string& name, entry& x);
  std::map<std::string, entry>::iterator find_unsent();

  log::storage* disk_;
  std::string directory_;
  std::map<std::string, entry> files_;
  std::string open_name_;
  std::unique_ptr<log::file> open_;
};

} // namespace daybook::actors
