#pragma once

#include "base/result.hpp"
#include "log/storage.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace daybook::node::bench {

/// What the disk does by itself: the limit of any ledger that syncs every batch.
struct raw_disk_result {
  std::uint64_t bytes_per_sync = 0;
  double syncs_per_second = 0;
  double sync_us_p50 = 0;
  double sync_us_p99 = 0;
};

/// Writes and syncs blocks of `bytes` one after the other into a file that was filled with zeros
/// before, as the log does, for about `time`, in `directory`; the file is removed. Blocks.
/// Errors: `io`.
result<raw_disk_result> measure_raw_disk(log::storage& disk, const std::string& directory,
                                         std::uint64_t bytes, std::chrono::milliseconds time);

} // namespace daybook::node::bench
