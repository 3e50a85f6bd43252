#pragma once

#include "base/address.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace daybook {

/// A node of a cluster, as all its nodes know it.
struct cluster_member {
  std::string node;     ///< its name, which has passed `check_node_name`
  address at;           ///< where the other nodes and the clients reach it
  bool leaving = false; ///< it gives its books away, and gets none

  friend bool operator==(const cluster_member&, const cluster_member&) = default;
};

/// THE SHARD MAP: which nodes there are, and which book is placed where. It says where a book
/// belongs; who has its log is the owner, wherever that is (docs/decisions/0022). An immutable
/// value: each change makes a new version.
struct shard_map {
  std::uint64_t cluster = 0; ///< random identity: maps of two clusters never mix
  std::uint64_t version = 0; ///< grows with each change
  /// Drawn by who made the version. Of two changes that were made to one version at the same time,
  /// the one with the greater nonce stays.
  std::uint64_t nonce = 0;
  std::vector<cluster_member> members;     ///< sorted by name
  std::map<std::string, std::string> pins; ///< books that a person placed, and their nodes

  /// Of two maps of one cluster, the greater one is in force.
  std::pair<std::uint64_t, std::uint64_t> rank() const { return {version, nonce}; }

  const cluster_member* find(const std::string& node) const {
    for (auto& member : members)
      if (member.node == node)
        return &member;
    return nullptr;
  }

  friend bool operator==(const shard_map&, const shard_map&) = default;
};

/// What a node has said of itself, under one version of the map.
struct node_report {
  std::string node;
  std::pair<std::uint64_t, std::uint64_t> map_rank; ///< of the map that it has adopted
  std::uint64_t number = 0;                         ///< grows with each report of the node
  /// Books that it has and that belong elsewhere, sorted.
  std::vector<std::string> strays;

  friend bool operator==(const node_report&, const node_report&) = default;
};

/// One try to bring a book to the node where it belongs (docs/decisions/0024).
struct handover {
  std::string book;
  std::string from; ///< the node that has it
  std::string to;
  std::uint64_t nonce = 0; ///< random: another try is another handover

  friend bool operator==(const handover&, const handover&) = default;
};

/// What a node keeps of its cluster over its restarts.
struct cluster_record {
  std::string node; ///< its own name
  shard_map map;
  std::vector<node_report> reports; ///< of all nodes, itself too; sorted by name

  friend bool operator==(const cluster_record&, const cluster_record&) = default;
};

} // namespace daybook
