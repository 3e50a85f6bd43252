#include "actors/cluster/placement.hpp"

#include <catch2/catch_all.hpp>

#include <map>

using namespace daybook;
using namespace daybook::actors;

namespace {

std::vector<cluster_member> members(std::size_t count) {
  std::vector<cluster_member> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({"node" + std::to_string(i), {"10.0.0." + std::to_string(i), 7717}});
  return all;
}

shard_map map_of(std::size_t nodes) {
  auto map = first_map(members(nodes));
  REQUIRE(map);
  return *map;
}

std::string book(int n) { return "book" + std::to_string(n); }

constexpr int books = 10'000;

} // namespace

TEST_CASE("books are spread evenly") {
  auto map = map_of(5);
  std::map<std::string, int> count;
  for (int n = 0; n < books; ++n)
    ++count[place_of(map, book(n))->node];
  CHECK(count.size() == 5);
  for (auto& [node, has] : count) {
    CAPTURE(node, has);
    CHECK(has > books / 5 * 9 / 10);
    CHECK(has < books / 5 * 11 / 10);
  }
}

TEST_CASE("a node that comes takes its share, and nothing else moves") {
  auto before = map_of(4);
  auto after = *with_member(before, "node9", {"10.0.0.9", 7717}, 1);
  int moved = 0;
  for (int n = 0; n < books; ++n) {
    auto* was = place_of(before, book(n));
    auto* is = place_of(after, book(n));
    if (was->node == is->node)
      continue;
    ++moved;
    CHECK(is->node == "node9");
  }
  CHECK(moved > books / 5 * 9 / 10);
  CHECK(moved < books / 5 * 11 / 10);
}

TEST_CASE("a node that leaves gives its share to all others, and nothing else moves") {
  auto before = map_of(4);
  auto after = *with_leaving(before, "node2", 1);
  std::map<std::string, int> taken;
  for (int n = 0; n < books; ++n) {
    auto* was = place_of(before, book(n));
    auto* is = place_of(after, book(n));
    CHECK(is->node != "node2");
    if (was->node == "node2")
      ++taken[is->node];
    else
      CHECK(was->node == is->node);
  }
  CHECK(taken.size() == 3);
}

TEST_CASE("where books belong is the same in all releases") {
  auto map = map_of(3);
  std::string places;
  for (int n = 0; n < 40; ++n)
    places += place_of(map, book(n))->node.back();
  CHECK(places == "0120220122210112112110111011111000101220");
  CHECK(place_of(map, "účet")->node == "node2");
}

TEST_CASE("a pin goes before the weight, until its node leaves") {
  auto map = map_of(3);
  auto* free = place_of(map, "main");
  auto other = free->node == "node0" ? "node1" : "node0";
  map = *with_pin(map, "main", other, 7);
  CHECK(place_of(map, "main")->node == other);
  CHECK(map.version == 2);
  CHECK(map.nonce == 7);
  auto left = *with_leaving(map, other, 8);
  CHECK(place_of(left, "main")->node != other);
  CHECK(left.pins.empty());
  CHECK(without_member(map, other, 9)->pins.empty());
  auto unpinned = *without_pin(map, "main", 10);
  CHECK(place_of(unpinned, "main")->node == place_of(map_of(3), "main")->node);
}

TEST_CASE("nodes that are configured alike begin with one map, in whatever order") {
  auto some = members(3);
  auto one = first_map(some);
  std::ranges::reverse(some);
  CHECK(*first_map(some) == *one);
  CHECK(one->version == 1);
  some[0].at.port = 1;
  CHECK(first_map(some)->cluster != one->cluster);
}

TEST_CASE("what is no map is refused") {
  auto code = [](std::vector<cluster_member> x) { return first_map(std::move(x)).error().code(); };
  CHECK(code({}) == ec::invalid_argument);
  CHECK(code({{"A", {"h", 1}}}) == ec::invalid_name);
  CHECK(code({{"", {"h", 1}}}) == ec::invalid_name);
  CHECK(code({{std::string(64, 'a'), {"h", 1}}}) == ec::invalid_name);
  CHECK(code({{"-a", {"h", 1}}}) == ec::invalid_name);
  CHECK(code({{"a", {"h", 0}}}) == ec::invalid_argument);
  CHECK(code({{"a", {"", 1}}}) == ec::invalid_argument);
  CHECK(code({{"a", {"h", 1}}, {"a", {"h", 2}}}) == ec::invalid_argument);
  CHECK(code(members(1'001)) == ec::limit_exceeded);
  CHECK(first_map(members(1'000)));
  auto map = map_of(2);
  map.pins["main"] = "nobody";
  CHECK(check(map).error().code() == ec::not_found);
  map = map_of(2);
  map.pins["../x"] = "node0";
  CHECK(check(map).error().code() == ec::invalid_name);
  std::ranges::reverse(map.members);
  map.pins.clear();
  CHECK(check(map).error().code() == ec::invalid_argument);
}

TEST_CASE("changes that make no sense are refused") {
  auto map = map_of(2);
  CHECK(with_pin(map, "main", "nobody", 1).error().code() == ec::not_found);
  CHECK(with_pin(map, "a/b", "node0", 1).error().code() == ec::invalid_name);
  CHECK(without_pin(map, "main", 1).error().code() == ec::not_found);
  CHECK(with_leaving(map, "nobody", 1).error().code() == ec::not_found);
  CHECK(without_member(map, "nobody", 1).error().code() == ec::not_found);
  CHECK(with_member(map, "x y", {"h", 1}, 1).error().code() == ec::invalid_name);
  auto leaving = *with_leaving(map, "node0", 1);
  CHECK(with_pin(leaving, "main", "node0", 1).error().code() == ec::invalid_argument);
  CHECK(with_leaving(leaving, "node1", 1).error().code() == ec::invalid_argument);
  CHECK(without_member(leaving, "node1", 1).error().code() == ec::invalid_argument);
  CHECK(without_member(leaving, "node0", 1)->members.size() == 1);
  // It stays after all.
  CHECK_FALSE(with_member(leaving, "node0", {"10.0.0.0", 7717}, 1)->find("node0")->leaving);
}

TEST_CASE("a node's name is a file's and a label's") {
  for (auto* good : {"a", "0", "db1", "eu-west.db_1"})
    CHECK(check_node_name(good));
  for (auto* bad : {"", ".a", "-a", "_a", "a b", "a/b", "É", "a\n"})
    CHECK_FALSE(check_node_name(bad));
}
