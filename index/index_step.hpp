#pragma once

#include <cstdint>
#include <functional>

namespace daybook::index {

/// Steps of the index that are worth dying between, for tests that do.
enum class index_step : std::uint8_t {
  pack_begins,  ///< a window of a history is full, and the database has none of it
  pack_written, ///< the database has it, and memory too
  merge_made,   ///< runs of keys are merged, and the directory names the old ones
  merge_named,  ///< the directory names the new one, and the old ones are there
  merge_removed ///< they are gone
};

/// Called on the thread that takes the step; may be empty.
using index_step_callback = std::function<void(index_step)>;

} // namespace daybook::index
