#pragma once

#include "node/torture/options.hpp"

#include <chrono>
#include <cstdint>
#include <vector>

namespace daybook::node::torture {

/// One fault of one node.
struct step {
  std::chrono::milliseconds at{}; ///< since the faults began
  fault what = fault::kill;
  std::chrono::milliseconds lasting{}; ///< of a pause, a full disk and a partition; else zero

  friend bool operator==(const step&, const step&) = default;
};

/// All that is done to a node, in order; the same for the same options and number. In rounds: each
/// has every fault once, and kills as often as all others together. The times between two faults
/// spread from a half to one and a half of `fault_every`.
std::vector<step> schedule_of(const torture_options& options, std::uint32_t node);

/// The same with one kind of fault, if it is among those that are wanted; for what is done to a
/// whole cluster beside what is done to its nodes.
std::vector<step> schedule_of(const torture_options& options, fault only);

} // namespace daybook::node::torture
