#pragma once

#include "tests/simulation/machine.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace daybook::simulation {

/// A deliberate bug: what a node would do if somebody broke it there. It is built into no part of
/// the node; it stands in between. Each has to be caught, or the simulation is worth nothing.
struct bug {
  std::string_view name;
  std::string_view what;
  std::function<interposers()> make; ///< anew for each run
};

const std::vector<bug>& all_bugs();

/// Null when there is none.
const bug* find_bug(std::string_view name);

} // namespace daybook::simulation
