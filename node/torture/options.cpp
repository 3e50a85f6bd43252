#include "node/torture/options.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace daybook::node::torture {

namespace {

constexpr std::array<std::pair<fault, std::string_view>, 8> names{{
    {fault::kill, "kill"},
    {fault::pause, "pause"},
    {fault::restart, "restart"},
    {fault::full_disk, "full-disk"},
    {fault::lose_index, "lose-index"},
    {fault::lose_snapshots, "lose-snapshots"},
    {fault::partition, "partition"},
    {fault::move, "move"},
}};

} // namespace

std::string_view to_string(fault x) {
  auto known = std::ranges::find(names, x, [](auto& named) { return named.first; });
  return known == names.end() ? "unknown" : known->second;
}

bool from_string(std::string_view text, fault& x) {
  auto known = std::ranges::find(names, text, [](auto& named) { return named.second; });
  if (known != names.end())
    x = known->first;
  return known != names.end();
}

std::vector<fault> all_faults() {
  std::vector<fault> all;
  for (auto& named : names)
    all.push_back(named.first);
  return all;
}

bool is_possible(fault x, std::uint32_t nodes) {
  switch (x) {
  case fault::full_disk:
    return nodes == 1;
  case fault::partition:
  case fault::move:
    return nodes > 1;
  default:
    return true;
  }
}

} // namespace daybook::node::torture
