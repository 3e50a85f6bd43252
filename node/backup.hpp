#pragma once

#include "base/result.hpp"
#include "log/data_directory.hpp"
#include "log/storage.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace daybook::node {

/// What a backup holds.
struct backup_report {
  std::vector<std::string> books; ///< sorted
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// Told how many bytes have been copied since the last time.
using on_copied = std::function<void(std::uint64_t bytes)>;

/// Copies the books of a data directory, beside the node that has it open or not, to a directory
/// that is missing or empty, which is a data directory when this returns, and is none before: an
/// interrupted copy is not taken for a whole one. Each book is as after a crash at some moment of
/// the copying: everything that was acknowledged before is there. The index is made again from the
/// logs. Durable when it returns; nothing of `from` is changed.
/// Errors: `already_exists` when something is in `to`; `io`.
result<backup_report> back_up(log::storage& disk, const log::data_directory& from,
                              const std::string& to, const on_copied& copied = {});

} // namespace daybook::node
