#include "node/torture/partitions.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace daybook::node::torture {

namespace {

constexpr std::array<std::pair<cut_shape, std::string_view>, 5> shapes{{
    {cut_shape::alone, "alone"},
    {cut_shape::from_nodes, "from nodes"},
    {cut_shape::from_clients, "from clients"},
    {cut_shape::pair, "pair"},
    {cut_shape::all_nodes, "all nodes"},
}};

constexpr std::array manners{cut_manner::reset, cut_manner::hold, cut_manner::lose};

} // namespace

std::set<route> partition::routes(std::uint32_t nodes) const {
  std::set<route> cut;
  auto cut_from_nodes = [&](party x) {
    for (party y = 0; y < nodes; ++y)
      if (y != x)
        cut.insert(route::between(x, y));
  };
  switch (shape) {
  case cut_shape::alone:
    cut_from_nodes(node);
    cut.insert(route::between(node, all_clients));
    break;
  case cut_shape::from_nodes:
    cut_from_nodes(node);
    break;
  case cut_shape::from_clients:
    cut.insert(route::between(node, all_clients));
    break;
  case cut_shape::pair:
    cut.insert(route::between(node, other));
    break;
  case cut_shape::all_nodes:
    for (party x = 0; x < nodes; ++x)
      cut_from_nodes(x);
    break;
  }
  return cut;
}

partition draw_partition(seeded& chance, std::uint32_t nodes) {
  partition x;
  x.shape = shapes[chance.below(shapes.size())].first;
  x.node = static_cast<party>(chance.below(nodes));
  x.other = static_cast<party>((x.node + 1 + chance.below(nodes - 1)) % nodes);
  x.how = manners[chance.below(manners.size())];
  return x;
}

std::string to_string(const partition& x) {
  std::string text{"partition "};
  for (auto& [shape, name] : shapes)
    if (shape == x.shape)
      text += name;
  if (x.shape != cut_shape::all_nodes)
    text += ", node-" + std::to_string(x.node);
  if (x.shape == cut_shape::pair)
    text += " and node-" + std::to_string(x.other);
  return text + ", " + std::string{to_string(x.how)};
}

} // namespace daybook::node::torture
