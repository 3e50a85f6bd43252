#pragma once

#include "base/result.hpp"
#include "node/bench/report.hpp"
#include "node/session.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace daybook::node::bench {

struct run_options {
  location where;
  std::string book = "bench";
  /// Where the bare disk is measured against a node of another process; a local run takes the
  /// place of its data directory.
  std::string disk = ".";
  load_options load;
};

/// Prepares the book, runs the load, and measures the bare disk with blocks as large as the batches
/// were, in one run. `on_progress` gets the count of durable transactions a few times a second.
/// Blocks. Errors: as `open_client`, and what the load or the disk refuses.
result<measurement> run(const run_options& options,
                        const std::function<void(std::uint64_t)>& on_progress);

} // namespace daybook::node::bench
