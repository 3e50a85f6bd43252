#pragma once

#include "node/torture/network.hpp"
#include "node/torture/seeded.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace daybook::node::torture {

/// Who is cut off from whom.
enum class cut_shape : std::uint8_t {
  alone = 1,        ///< a node from all other nodes and from the clients
  from_nodes = 2,   ///< a node from all other nodes
  from_clients = 3, ///< a node from the clients
  pair = 4,         ///< a node from one other
  all_nodes = 5,    ///< every node from every other
};

/// One partition of a cluster.
struct partition {
  cut_shape shape = cut_shape::alone;
  party node = 0;
  party other = 0; ///< of a pair
  cut_manner how = cut_manner::reset;

  std::set<route> routes(std::uint32_t nodes) const;

  friend bool operator==(const partition&, const partition&) = default;
};

/// Any of those that a cluster of at least two nodes can have, each as likely as the others.
partition draw_partition(seeded& chance, std::uint32_t nodes);

/// As it stands in the file of what was done.
std::string to_string(const partition& x);

} // namespace daybook::node::torture
