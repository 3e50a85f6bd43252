#pragma once

#include "base/shard_map.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the nodes of a cluster say to each other, and to who asks about it. All of it crosses the
// network.

namespace daybook {

template <class Inspector>
bool inspect(Inspector& f, address& x) {
  return f.object(x).fields(f.field("host", x.host), f.field("port", x.port));
}

template <class Inspector>
bool inspect(Inspector& f, cluster_member& x) {
  return f.object(x).fields(f.field("node", x.node), f.field("at", x.at),
                            f.field("leaving", x.leaving));
}

template <class Inspector>
bool inspect(Inspector& f, shard_map& x) {
  return f.object(x).fields(f.field("cluster", x.cluster), f.field("version", x.version),
                            f.field("nonce", x.nonce), f.field("members", x.members),
                            f.field("pins", x.pins));
}

template <class Inspector>
bool inspect(Inspector& f, node_report& x) {
  return f.object(x).fields(f.field("node", x.node), f.field("map_rank", x.map_rank),
                            f.field("number", x.number), f.field("strays", x.strays));
}

template <class Inspector>
bool inspect(Inspector& f, handover& x) {
  return f.object(x).fields(f.field("book", x.book), f.field("from", x.from), f.field("to", x.to),
                            f.field("nonce", x.nonce));
}

} // namespace daybook

namespace daybook::actors {

/// What two nodes compare: short, whatever the cluster holds.
struct cluster_digest {
  std::string node; ///< who asks
  std::uint64_t cluster = 0;
  std::pair<std::uint64_t, std::uint64_t> map_rank;
  std::map<std::string, std::uint64_t> reports; ///< the number of the last one of each node
};

/// What one of them has and the other has not.
struct cluster_news {
  std::optional<shard_map> map;
  std::vector<node_report> reports;
};

/// A member as one node sees it.
struct node_view {
  cluster_member member;
  bool is_up = false;       ///< it answers this node
  bool has_map = false;     ///< it has said that it has this map
  std::uint64_t strays = 0; ///< books that it has and that belong elsewhere
  std::string problem{};    ///< why it does not answer
};

struct cluster_status {
  std::string node; ///< who says so
  address at;       ///< where it is reached
  shard_map map;
  std::vector<node_view> nodes; ///< of all members, sorted by name
};

template <class Inspector>
bool inspect(Inspector& f, cluster_digest& x) {
  return f.object(x).fields(f.field("node", x.node), f.field("cluster", x.cluster),
                            f.field("map_rank", x.map_rank), f.field("reports", x.reports));
}

template <class Inspector>
bool inspect(Inspector& f, cluster_news& x) {
  return f.object(x).fields(f.field("map", x.map), f.field("reports", x.reports));
}

template <class Inspector>
bool inspect(Inspector& f, node_view& x) {
  return f.object(x).fields(f.field("member", x.member), f.field("is_up", x.is_up),
                            f.field("has_map", x.has_map), f.field("strays", x.strays),
                            f.field("problem", x.problem));
}

template <class Inspector>
bool inspect(Inspector& f, cluster_status& x) {
  return f.object(x).fields(f.field("node", x.node), f.field("at", x.at), f.field("map", x.map),
                            f.field("nodes", x.nodes));
}

} // namespace daybook::actors
