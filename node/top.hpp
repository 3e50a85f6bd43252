#pragma once

#include "actors/cluster/observer.hpp"
#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace daybook::node {

/// How large a frame may be.
struct frame_size {
  std::size_t columns = 80;
  std::size_t rows = 0; ///< zero: as many as it takes
};

/// What `daybook top` shows: rates and latencies between two looks at a cluster, `passed` apart, as
/// lines without their ends. The busiest books come first.
std::vector<std::string> top_frame(const overview& before, const overview& now,
                                   std::chrono::duration<double> passed, timestamp at,
                                   frame_size size = {});

/// The same of the nodes, for programs: a JSON object for each.
std::vector<std::string> top_json(const overview& before, const overview& now,
                                  std::chrono::duration<double> passed);

} // namespace daybook::node
