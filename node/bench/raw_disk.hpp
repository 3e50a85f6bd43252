#pragma once

#include "base/result.hpp"
#include "log/storage.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace daybook::node::bench {

/// What the disk does by itself: the limit of any ledger that syncs every batch.
struct raw_disk_result {
  std::size_t threads = 0;
  std::uint64_t bytes_per_sync = 0;
  double syncs_per_second = 0; ///< of all threads
  double sync_us_p50 = 0;
  double sync_us_p99 = 0;
};

struct raw_disk_load {
  std::uint64_t bytes = 0; ///< of a block
  std::size_t threads = 1; ///< each with a file of its own, as a node's disks write to many books
  std::chrono::milliseconds time{1'500};
};

/// Each thread writes and syncs blocks one after the other into a file that was filled with zeros
/// before, as the log does, for about the load's time, in `directory`; the files are removed.
/// Blocks. Errors: `io`.
result<raw_disk_result> measure_raw_disk(log::storage& disk, const std::string& directory,
                                         const raw_disk_load& load);

} // namespace daybook::node::bench
