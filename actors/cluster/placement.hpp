#pragma once

#include "base/result.hpp"
#include "base/shard_map.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// The rules of shard maps. Free of state; any thread.

namespace daybook::actors {

inline constexpr std::size_t cluster_members_max = 1'000;
inline constexpr std::size_t pins_max = 100'000;
inline constexpr std::size_t strays_max = 1'000'000;
/// No version or number of a report comes so far by itself.
inline constexpr std::uint64_t version_end = std::uint64_t{1} << 62;

/// A node's name: 1 to 63 bytes of a-z, 0-9, `.`, `_`, `-`, beginning with a letter or a digit.
/// Errors: `invalid_name` with `name`.
result<void> check_node_name(std::string_view name);

/// Where a book belongs: where it is pinned, else the member with the highest weight for it, by
/// XXH3-64 of the book's and the node's name (rendezvous hashing: Thaler and Ravishankar, 1998).
/// So a node that comes takes its share from all others, and nothing else moves. Nodes that are
/// leaving have no weight, and a pin to one counts no more. Null when all are leaving.
///
/// It is part of what nodes of different releases agree on: it never changes.
const cluster_member* place_of(const shard_map& map, std::string_view book);

/// The map of a cluster that begins. `members` are sorted here. The same members make the same
/// cluster, so that nodes that are configured alike begin with one map.
/// Errors: `invalid_name`; `invalid_argument` for a node that is named twice or has no port;
/// `limit_exceeded` past `cluster_members_max`.
result<shard_map> first_map(std::vector<cluster_member> members);

// Each gives the next version. `nonce` is random.

/// Adds a node, or gives a member its new address; one that was leaving stays. Errors: as above.
result<shard_map> with_member(shard_map map, const std::string& node, const address& at,
                              std::uint64_t nonce);

/// A member is reached at another address. Errors: `not_found`, `invalid_argument`.
result<shard_map> with_address(shard_map map, const std::string& node, const address& at,
                               std::uint64_t nonce);

/// Its books go to the others. Errors: `not_found`; `invalid_argument` for the last one that stays.
result<shard_map> with_leaving(shard_map map, const std::string& node, std::uint64_t nonce);

/// It is no member any more, and neither are pins to it. Errors: `not_found`; `invalid_argument`
/// for the last one that stays.
result<shard_map> without_member(shard_map map, const std::string& node, std::uint64_t nonce);

/// Errors: `not_found` (no such node), `invalid_argument` (it is leaving), `invalid_name`,
/// `limit_exceeded` past `pins_max`.
result<shard_map> with_pin(shard_map map, const std::string& book, const std::string& node,
                           std::uint64_t nonce);

/// Errors: `not_found`: the book is not pinned.
result<shard_map> without_pin(shard_map map, const std::string& book, std::uint64_t nonce);

/// What another node or a disk says is a map: whether it is one. Errors: as `first_map`.
result<void> check(const shard_map& map);

} // namespace daybook::actors
