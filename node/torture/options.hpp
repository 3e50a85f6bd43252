#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::node::torture {

/// What is done to a node, or to a cluster.
enum class fault : std::uint8_t {
  kill = 1,           ///< SIGKILL, and started again at once
  pause = 2,          ///< SIGSTOP, and SIGCONT some time later
  restart = 3,        ///< SIGTERM, and started again when it has ended
  full_disk = 4,      ///< no room for some time, on a disk of its own
  lose_index = 5,     ///< killed, its index deleted, started
  lose_snapshots = 6, ///< killed, all snapshots deleted, started
  partition = 7,      ///< the network is cut for some time; of several nodes
  move = 8,           ///< a book is asked to go to another node; of several nodes
};

/// The name as on the command line; "unknown" for a number that has none.
std::string_view to_string(fault x);

/// The fault of a name. False, and `x` as it was, when there is none.
bool from_string(std::string_view text, fault& x);

/// All there are, in the order of their numbers.
std::vector<fault> all_faults();

/// Whether so many nodes can have it: a full disk is for a node by itself, and what is done to the
/// network and to the places of books for a cluster.
bool is_possible(fault x, std::uint32_t nodes);

struct torture_options {
  /// Where the scratch directory is made: the disk that is tested.
  std::string data = ".";
  std::chrono::seconds duration{60};
  std::uint32_t nodes = 3;   ///< more than one are a cluster
  std::uint32_t books = 2;   ///< of each node
  std::uint32_t clients = 4; ///< of each book
  std::uint64_t seed = 0;
  std::vector<fault> faults = all_faults(); ///< those of them that are possible
  /// Mean time between two faults of one node.
  std::chrono::milliseconds fault_every = std::chrono::seconds{3};
  /// How long a client waits for an answer. Shorter than most pauses, so that outcomes are unknown.
  std::chrono::milliseconds timeout = std::chrono::seconds{1};
  std::uint32_t accounts = 100;   ///< of each book
  std::uint64_t transactions = 0; ///< written to each book before the faults begin
  /// As `daybook serve`; small, so that a short run sees many snapshots and segments.
  std::uint64_t snapshot_events = 5'000;
  std::uint64_t segment_bytes = 4 * 1024 * 1024;
  bool keep = false;   ///< the scratch directory, also when nothing is wrong
  std::string program; ///< the `daybook` that runs the nodes
};

} // namespace daybook::node::torture
