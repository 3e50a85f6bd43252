#include "actors/cluster/placement.hpp"

#include "base/names.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace daybook::actors {

namespace {

constexpr std::size_t node_name_bytes_max = 63;

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_node_name(std::string_view name) {
  auto may_stand = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= node_name_bytes_max && is_letter_or_digit(name[0]) &&
         std::ranges::all_of(name, may_stand);
}

/// No name holds the byte between them.
std::uint64_t weight_of(std::string_view book, const std::string& node) {
  std::string both{book};
  both.push_back('\0');
  both += node;
  return XXH3_64bits(both.data(), both.size());
}

result<void> check_member(const cluster_member& x) {
  if (auto valid = check_node_name(x.node); !valid)
    return valid;
  if (x.at.host.empty() || x.at.port == 0)
    return fail(ec::invalid_argument,
                "the node '" + x.node + "' has no address: give its host and port",
                {{"field", "address"}, {"node", x.node}});
  return {};
}

result<void> check_count(std::size_t members) {
  if (members <= cluster_members_max)
    return {};
  return fail(ec::limit_exceeded,
              "a cluster has at most " + std::to_string(cluster_members_max) + " nodes",
              {{"what", "nodes"},
               {"limit", std::to_string(cluster_members_max)},
               {"would_be", std::to_string(members)}});
}

result<void> check_pin_count(std::size_t pins) {
  if (pins <= pins_max)
    return {};
  return fail(ec::limit_exceeded, "at most " + std::to_string(pins_max) + " books can be pinned",
              {{"what", "pins"}, {"limit", std::to_string(pins_max)}});
}

tl::unexpected<error> no_such_node(const std::string& node) {
  return fail(ec::not_found, "there is no node '" + printable(node) + "' in the cluster",
              {{"what", printable(node)}});
}

auto position_of(shard_map& map, const std::string& node) {
  return std::ranges::find(map.members, node, &cluster_member::node);
}

/// Somebody has to take the books.
result<void> check_others_stay(const shard_map& map, const std::string& node) {
  auto stays = [&](auto& x) { return x.node != node && !x.leaving; };
  if (std::ranges::any_of(map.members, stays))
    return {};
  return fail(ec::invalid_argument,
              "'" + node + "' is the last node that takes books: add another one first",
              {{"field", "node"}, {"node", node}});
}

shard_map next_version(shard_map map, std::uint64_t nonce) {
  ++map.version;
  map.nonce = nonce;
  return map;
}

void drop_pins_to(shard_map& map, const std::string& node) {
  std::erase_if(map.pins, [&](auto& pin) { return pin.second == node; });
}

/// Of what a configuration says, for nodes that are configured alike.
std::uint64_t identity_of(const std::vector<cluster_member>& members) {
  std::string all;
  for (auto& x : members)
    all += x.node + '\0' + to_string(x.at) + '\0';
  return XXH3_64bits(all.data(), all.size());
}

} // namespace

result<void> check_node_name(std::string_view name) {
  if (is_node_name(name))
    return {};
  auto shown = printable(name.substr(0, node_name_bytes_max));
  return fail(ec::invalid_name,
              "the node name \"" + shown + "\" must have 1 to " +
                  std::to_string(node_name_bytes_max) +
                  " characters of a-z, 0-9, '.', '_', '-', the first a letter or a digit",
              {{"name", shown}});
}

const cluster_member* place_of(const shard_map& map, std::string_view book) {
  if (auto pin = map.pins.find(std::string{book}); pin != map.pins.end())
    if (auto* member = map.find(pin->second); member && !member->leaving)
      return member;
  const cluster_member* best = nullptr;
  std::uint64_t most = 0;
  for (auto& member : map.members) {
    if (member.leaving)
      continue;
    auto weight = weight_of(book, member.node);
    // Of equal weights, the first by name.
    if (best && weight <= most)
      continue;
    best = &member;
    most = weight;
  }
  return best;
}

result<shard_map> first_map(std::vector<cluster_member> members) {
  std::ranges::sort(members, {}, &cluster_member::node);
  shard_map map;
  map.version = 1;
  map.members = std::move(members);
  map.cluster = map.nonce = identity_of(map.members);
  if (auto valid = check(map); !valid)
    return fail(std::move(valid.error()));
  return map;
}

result<shard_map> with_member(shard_map map, const std::string& node, const address& at,
                              std::uint64_t nonce) {
  if (auto valid = check_member({node, at}); !valid)
    return fail(std::move(valid.error()));
  if (auto known = position_of(map, node); known != map.members.end()) {
    *known = {node, at};
    return next_version(std::move(map), nonce);
  }
  if (auto fits = check_count(map.members.size() + 1); !fits)
    return fail(std::move(fits.error()));
  map.members.insert(std::ranges::upper_bound(map.members, node, {}, &cluster_member::node),
                     {node, at});
  return next_version(std::move(map), nonce);
}

result<shard_map> with_address(shard_map map, const std::string& node, const address& at,
                               std::uint64_t nonce) {
  auto member = position_of(map, node);
  if (member == map.members.end())
    return no_such_node(node);
  member->at = at;
  if (auto valid = check_member(*member); !valid)
    return fail(std::move(valid.error()));
  return next_version(std::move(map), nonce);
}

result<shard_map> with_leaving(shard_map map, const std::string& node, std::uint64_t nonce) {
  auto member = position_of(map, node);
  if (member == map.members.end())
    return no_such_node(node);
  if (auto others = check_others_stay(map, node); !others)
    return fail(std::move(others.error()));
  member->leaving = true;
  drop_pins_to(map, node);
  return next_version(std::move(map), nonce);
}

result<shard_map> without_member(shard_map map, const std::string& node, std::uint64_t nonce) {
  auto member = position_of(map, node);
  if (member == map.members.end())
    return no_such_node(node);
  if (auto others = check_others_stay(map, node); !others)
    return fail(std::move(others.error()));
  map.members.erase(member);
  drop_pins_to(map, node);
  return next_version(std::move(map), nonce);
}

result<shard_map> with_pin(shard_map map, const std::string& book, const std::string& node,
                           std::uint64_t nonce) {
  if (auto valid = check_book_name(book); !valid)
    return fail(std::move(valid.error()));
  auto* member = map.find(node);
  if (!member)
    return no_such_node(node);
  if (member->leaving)
    return fail(ec::invalid_argument, "the node '" + node + "' is leaving, and gets no books",
                {{"field", "node"}, {"node", node}});
  map.pins[book] = node;
  if (auto fits = check_pin_count(map.pins.size()); !fits)
    return fail(std::move(fits.error()));
  return next_version(std::move(map), nonce);
}

result<shard_map> without_pin(shard_map map, const std::string& book, std::uint64_t nonce) {
  if (map.pins.erase(book) == 0)
    return fail(ec::not_found, "the book '" + printable(book) + "' is not pinned",
                {{"what", printable(book)}});
  return next_version(std::move(map), nonce);
}

result<void> check(const shard_map& map) {
  if (map.version == 0 || map.version >= version_end || map.members.empty())
    return fail(ec::invalid_argument, "a shard map has a version and at least one node",
                {{"field", "members"}});
  if (auto fits = check_count(map.members.size()); !fits)
    return fits;
  for (auto& member : map.members)
    if (auto valid = check_member(member); !valid)
      return valid;
  auto is_unsorted = [](auto& a, auto& b) { return a.node >= b.node; };
  auto twice = std::ranges::adjacent_find(map.members, is_unsorted);
  if (twice != map.members.end())
    return fail(ec::invalid_argument, "the node '" + twice->node + "' is named twice",
                {{"field", "node"}, {"node", twice->node}});
  if (auto fits = check_pin_count(map.pins.size()); !fits)
    return fail(std::move(fits.error()));
  for (auto& [book, node] : map.pins)
    if (auto valid = check_book_name(book); !valid)
      return valid;
    else if (!map.find(node))
      return no_such_node(node);
  return {};
}

} // namespace daybook::actors
