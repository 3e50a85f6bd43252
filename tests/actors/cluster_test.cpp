#include "actors/cluster/directory.hpp"
#include "tests/actors/cluster_fixture.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

using namespace daybook;
using namespace daybook::actors;
using namespace daybook::test;

TEST_CASE_METHOD(cluster_fixture, "nodes that are configured alike are one cluster") {
  start_all({"a", "b", "c"});
  auto map = map_of("a");
  CHECK(map.version == 1);
  CHECK(map.members == members({"a", "b", "c"}));
  CHECK(map_of("b") == map);
  CHECK(map_of("c") == map);
  auto answer = ask<cluster_status>(desk_of("b"), atom::status_v);
  run();
  auto status = answer->value();
  CHECK(status.node == "b");
  REQUIRE(status.nodes.size() == 3);
  for (auto& node : status.nodes) {
    CAPTURE(node.member.node);
    CHECK(node.is_up);
    CHECK(node.has_map);
    CHECK(node.strays == 0);
  }
}

TEST_CASE_METHOD(cluster_fixture, "a book is where it belongs, and elsewhere one hears where") {
  start_all({"a", "b", "c"});
  auto book = book_at("b", map_of("a"));
  auto refused = open("a", book)->refused();
  CHECK(refused.code() == ec::moved);
  CHECK(refused.get("node") == "b");
  CHECK(refused.get("address") == "b.test:7717");
  CHECK(refused.get("what") == book);
  CHECK(open("b", book, open_mode::existing)->refused().code() == ec::not_found);
  CHECK(open("b", book)->value());
  CHECK(open("c", book)->refused() == refused);
  CHECK(holdings("b") == std::vector{book});
  CHECK(holdings("a").empty());
}

TEST_CASE_METHOD(cluster_fixture, "no book is created while a node may have it", "[I10]") {
  start("a", {"a", "b"});
  auto book = book_at("a", map_of("a"));
  for (auto mode : {open_mode::create, open_mode::existing}) {
    auto refused = open("a", book, mode)->refused();
    CHECK(refused.code() == ec::unavailable);
    CHECK(refused.get("node") == "b");
    CHECK_FALSE(refused.get("retry_after_us").empty());
  }
  start("b", {"a", "b"});
  gossip();
  CHECK(open("a", book)->value());
  stop("b");
  // It had said so, and that is kept.
  CHECK(open("a", book_at("a", map_of("a")) + "x")->arrived());
}

TEST_CASE_METHOD(cluster_fixture, "a node is added, and gets its share of the books") {
  start("a");
  gossip();
  for (int i = 0; i < 20; ++i)
    REQUIRE(open("a", "book" + std::to_string(i))->value());
  start("b");
  auto map = change("a", atom::add_node_v, at("b"))->value();
  CHECK(map.version == 2);
  CHECK(map.members == members({"a", "b"}));
  gossip();
  CHECK(map_of("b") == map);
  gossip(40);
  for (int i = 0; i < 20; ++i) {
    auto book = "book" + std::to_string(i);
    CAPTURE(book);
    auto owner = place_of(map, book)->node;
    CHECK(open(owner, book)->value());
    auto refused = open(owner == "a" ? "b" : "a", book)->refused();
    CHECK(refused.code() == ec::moved);
    CHECK(refused.get("node") == owner);
  }
  CHECK(holdings("a").size() + holdings("b").size() == 20);
  CHECK(holdings("b").size() > 3);
  // What is new goes to where it belongs.
  CHECK(open("b", book_at("b", map) + "z")->arrived());
}

TEST_CASE_METHOD(cluster_fixture, "only an empty node by itself joins") {
  start("a");
  start("b");
  gossip();
  SECTION("it has books") {
    REQUIRE(open("b", "mine")->value());
    CHECK(change("a", atom::add_node_v, at("b"))->refused().code() == ec::already_exists);
  }
  SECTION("it is in a cluster with others") {
    start("c");
    change("b", atom::add_node_v, at("c"))->value();
    CHECK(change("a", atom::add_node_v, at("b"))->refused().code() == ec::already_exists);
  }
  SECTION("its name is taken") {
    auto twin = spawn("a", {}, "twin");
    REQUIRE(twin);
    nodes_["twin"] = *twin;
    publish("twin", at("twin"));
    CHECK(change("a", atom::add_node_v, at("twin"))->refused().code() == ec::already_exists);
  }
  SECTION("nobody is there") {
    CHECK(change("a", atom::add_node_v, at("d"))->refused().code() == ec::unavailable);
  }
  CHECK(map_of("a").version == 1);
  SECTION("it does, and a second time changes nothing") {
    auto map = change("a", atom::add_node_v, at("b"))->value();
    CHECK(change("a", atom::add_node_v, at("b"))->value() == map);
  }
}

TEST_CASE_METHOD(cluster_fixture, "of two nodes that add each other at once, one joins") {
  start("a");
  start("b");
  auto by_a = ask<shard_map>(desk_of("a"), atom::add_node_v, at("b"));
  auto by_b = ask<shard_map>(desk_of("b"), atom::add_node_v, at("a"));
  run();
  CHECK(by_a->arrived());
  CHECK(by_b->arrived());
  gossip();
  // Or none, and both can do it again.
  if (map_of("a").members.size() == 1 && map_of("b").members.size() == 1)
    change("a", atom::add_node_v, at("b"))->value();
  gossip();
  CHECK(map_of("a").members == members({"a", "b"}));
  CHECK(map_of("a") == map_of("b"));
}

TEST_CASE_METHOD(cluster_fixture,
                 "a node that was removed gives its books up, and does not come back with them",
                 "[I10]") {
  start_all({"a", "b"});
  auto book = book_at("b", map_of("a"));
  REQUIRE(open("b", book)->value());
  for (auto* node : {"a", "b"})
    CHECK(change("a", atom::remove_node_v, std::string{node}, true)->refused().code() == ec::busy);
  stop("b");
  gossip();
  change("a", atom::remove_node_v, std::string{"b"}, true)->value();
  CHECK(open("a", book)->value());
  start("b");
  gossip();
  CHECK(map_of("b").members == members({"a"}));
  CHECK(open("b", book, open_mode::existing)->refused().get("node") == "a");
  CHECK(change("a", atom::add_node_v, at("b"))->refused().code() == ec::already_exists);
}

TEST_CASE_METHOD(cluster_fixture, "a node that left comes back") {
  start_all({"a", "b"});
  change("a", atom::remove_node_v, std::string{"b"}, false)->value();
  gossip();
  REQUIRE(map_of("b").members == members({"a"}));
  change("a", atom::add_node_v, at("b"))->value();
  gossip();
  CHECK(map_of("b").members == members({"a", "b"}));
  CHECK(open("b", book_at("b", map_of("b")))->value());
}

TEST_CASE_METHOD(cluster_fixture, "whoever was added tells the others, when nobody else can") {
  start_all({"a", "b"});
  start("c");
  // The node that adds it ends as soon as it has been answered.
  auto map = *with_member(map_of("a"), "c", at("c"), 1);
  auto joined = ask_done(desk_of("c"), atom::join_v, map);
  run();
  joined->value();
  gossip();
  for (auto* node : {"a", "b", "c"})
    CHECK(map_of(node) == map);
}

TEST_CASE_METHOD(cluster_fixture, "a report that could not be stored is made again") {
  start_all({"a", "b"});
  auto nth = GENERATE(1U, 2U, 3U, 4U);
  disk_.set({.what = operation::rename, .nth = nth});
  change("a", atom::pin_v, std::string{"x"}, std::string{"a"});
  CHECK(disk_.has_failed());
  gossip(5);
  if (map_of("a").version == 1)
    change("a", atom::pin_v, std::string{"x"}, std::string{"a"})->value();
  gossip(5);
  CHECK(map_of("b") == map_of("a"));
  CHECK(open("a", "x")->value());
}

TEST_CASE_METHOD(cluster_fixture, "what is no map and no report changes nothing") {
  start_all({"a", "b"});
  auto before = map_of("a");
  auto join = [&](shard_map map) {
    auto answer = ask_done(desk_of("a"), atom::join_v, std::move(map));
    run();
    return answer->refused().code();
  };
  auto wrong = before;
  wrong.version = 7;
  wrong.members.clear();
  CHECK(join(wrong) == ec::invalid_argument);
  wrong = before;
  wrong.version = ~std::uint64_t{0};
  CHECK(join(wrong) == ec::invalid_argument);
  wrong = before;
  wrong.version = 7;
  wrong.pins["x"] = "nobody";
  CHECK(join(wrong) == ec::not_found);
  CHECK(map_of("a") == before);
  cluster_digest stranger{"nobody", before.cluster + 1, {9, 9}, {}};
  auto gossiped = ask<cluster_news>(desk_of("a"), atom::gossip_v, stranger);
  run();
  CHECK(gossiped->refused().code() == ec::invalid_argument);
}

TEST_CASE_METHOD(cluster_fixture, "the map outlives nodes, and an older one never wins") {
  start_all({"a", "b", "c"});
  stop("c");
  auto map = change("a", atom::pin_v, std::string{"main"}, std::string{"b"})->value();
  CHECK(map.version == 2);
  gossip();
  CHECK(map_of("b") == map);
  // It comes back with what it knew, and with a configuration that knows less.
  start("c", {"c"});
  gossip();
  for (auto* node : {"a", "b", "c"})
    CHECK(map_of(node) == map);
  stop("a");
  start("a");
  CHECK(map_of("a") == map);
}

TEST_CASE_METHOD(cluster_fixture, "of two changes of one version one stays, everywhere the same") {
  start_all({"a", "b"});
  // Neither has heard of the other's change when it makes its own.
  auto first = ask<shard_map>(desk_of("a"), atom::pin_v, std::string{"x"}, std::string{"a"});
  auto second = ask<shard_map>(desk_of("b"), atom::pin_v, std::string{"x"}, std::string{"b"});
  run();
  gossip(5);
  CHECK(map_of("a") == map_of("b"));
  auto made = std::max(first->value().rank(), second->value().rank());
  CHECK(map_of("a").rank() == made);
}

TEST_CASE_METHOD(cluster_fixture, "a pinned book belongs where it is pinned") {
  start_all({"a", "b"});
  auto book = book_at("a", map_of("a"));
  CHECK(change("a", atom::pin_v, book, std::string{"nobody"})->refused().code() == ec::not_found);
  change("a", atom::pin_v, book, std::string{"b"})->value();
  gossip();
  CHECK(open("a", book)->refused().get("node") == "b");
  CHECK(open("b", book)->value());
  change("b", atom::unpin_v, book)->value();
  gossip();
  // It goes back to where its name says.
  CHECK(open("b", book)->refused().get("node") == "a");
  CHECK(change("b", atom::unpin_v, book)->refused().code() == ec::not_found);
}

TEST_CASE_METHOD(cluster_fixture, "a node that has nothing left leaves") {
  start_all({"a", "b"});
  SECTION("it was empty") {
    change("a", atom::remove_node_v, std::string{"b"}, false)->value();
    gossip();
    CHECK(map_of("a").members == members({"a"}));
    CHECK(map_of("b") == map_of("a"));
  }
  SECTION("it has a book") {
    auto book = book_at("b", map_of("a"));
    REQUIRE(open("b", book)->value());
    change("a", atom::remove_node_v, std::string{"b"}, false)->value();
    gossip(5);
    CHECK(map_of("a").members == members({"a"}));
    CHECK(holdings("b").empty());
    CHECK(open("a", book, open_mode::existing)->value());
  }
  CHECK(change("a", atom::remove_node_v, std::string{"a"}, false)->refused().code() ==
        ec::invalid_argument);
  CHECK(change("a", atom::remove_node_v, std::string{"c"}, false)->refused().code() ==
        ec::not_found);
}

TEST_CASE_METHOD(cluster_fixture, "no book moves under a map that a member has not confirmed",
                 "[I10]") {
  start_all({"a", "b", "c"});
  auto book = book_at("b", map_of("a"));
  REQUIRE(open("b", book)->value());
  stop("c");
  change("a", atom::remove_node_v, std::string{"b"}, false)->value();
  gossip(5);
  CHECK(map_of("a").members[1].leaving);
  CHECK(open("a", book)->refused().get("node") == "b");
  CHECK(open("b", book)->value());
  start("c", {"a", "b", "c"});
  gossip(15);
  CHECK(map_of("a").members == members({"a", "c"}));
  auto owner = place_of(map_of("a"), book)->node;
  CHECK(open(owner, book, open_mode::existing)->value());
  CHECK(holdings("b").empty());
}

TEST_CASE_METHOD(cluster_fixture, "a node's new address is heard of") {
  start_all({"a", "b"});
  auto before = map_of("a").version;
  net_->erase(at("b"));
  publish("b", {"elsewhere.test", 99});
  gossip(5);
  auto map = map_of("a");
  CHECK(map.version > before);
  CHECK(map.find("b")->at == address{"elsewhere.test", 99});
  CHECK(map_of("b") == map);
  auto answer = ask<cluster_status>(desk_of("a"), atom::status_v);
  run();
  CHECK(answer->value().nodes[1].is_up);
}

TEST_CASE_METHOD(cluster_fixture, "a node that comes back elsewhere is heard of") {
  start_all({"a", "b"});
  stop("b");
  gossip();
  auto again = spawn("b");
  REQUIRE(again);
  nodes_["b"] = *again;
  publish("b", {"elsewhere.test", 99});
  gossip();
  CHECK(map_of("a").find("b")->at == address{"elsewhere.test", 99});
  CHECK(map_of("a") == map_of("b"));
}

TEST_CASE_METHOD(cluster_fixture, "a node that does not answer is down, and up again later") {
  start_all({"a", "b"});
  auto is_up = [this] {
    auto answer = ask<cluster_status>(desk_of("a"), atom::status_v);
    run();
    return answer->value().nodes[1].is_up;
  };
  CHECK(is_up());
  stop("b");
  gossip();
  CHECK_FALSE(is_up());
  start("b");
  gossip();
  CHECK(is_up());
}

TEST_CASE_METHOD(cluster_fixture, "a data directory is of one node") {
  start("a");
  stop("a");
  auto other = spawn("b", {}, "a");
  REQUIRE_FALSE(other);
  CHECK(other.error().code() == ec::invalid_argument);
  CHECK(other.error().get("node") == "a");
  CHECK(spawn("No Name").error().code() == ec::invalid_name);
}

TEST_CASE_METHOD(cluster_fixture, "a map that cannot be stored is not told") {
  start_all({"a", "b"});
  auto before = map_of("a");
  disk_.set({.what = operation::sync, .for_good = true, .alone = true});
  CHECK(change("a", atom::pin_v, std::string{"x"}, std::string{"b"})->refused().code() == ec::io);
  gossip();
  CHECK(map_of("a") == before);
  CHECK(map_of("b") == before);
  disk_.set({.what = operation::sync, .nth = 1'000'000'000});
}

TEST_CASE_METHOD(cluster_fixture, "a damaged record is refused, and nothing changed") {
  start("a");
  stop("a");
  auto file = disk_.open("/a/cluster/record", log::open_mode::write);
  REQUIRE(file);
  std::array<std::byte, 1> wrong{std::byte{0xff}};
  REQUIRE((*file)->write_at(20, wrong));
  file->reset();
  auto again = spawn("a");
  REQUIRE_FALSE(again);
  CHECK(again.error().code() == ec::corrupt);
  CHECK(again.error().get("file") == "/a/cluster/record");
}

TEST_CASE("a node by itself is in no cluster") {
  // The way a node without a name was started before there were clusters.
  actor_fixture plain;
  memory_storage memory;
  manual_clock time;
  fixed_random random;
  caf::actor_system_config config;
  register_types();
  config.set("caf.scheduler.policy", "testing");
  caf::actor_system system{config};
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  node_options options;
  options.data = "/data";
  auto node = spawn_node(system, options,
                         {.storage = &memory, .time = &time, .random = &random, .detached = false});
  REQUIRE(node);
  caf::scoped_actor self{system};
  std::optional<ec> refused;
  auto asked = self->request(*node, caf::infinite, atom::cluster_v);
  scheduler.run();
  asked.receive([](const cluster_actor&) {},
                [&](const caf::error& x) { refused = from_caf(x, ec::io).code(); });
  CHECK(refused == ec::not_found);
  CHECK(memory.kind("/data/cluster") == log::entry_kind::none);
  caf::anon_send(*node, atom::stop_v);
  scheduler.run();
}

// -- whatever happens, one node has a book --------------------------------------------------------

namespace {

/// A cluster to which things happen by the dice, message by message.
class tossed_cluster : public cluster_fixture {
public:
  ~tossed_cluster() {
    desks_.clear();
    joining_.clear();
  }

  void toss(unsigned seed) {
    dice_.seed(seed);
    start_all({"a", "b"});
    for (int i = 0; i < 250; ++i) {
      something();
      for (auto left = roll(60); left > 0 && scheduler().try_run_once(); --left) {
      }
    }
    run();
    for (auto& name : seen_)
      if (!nodes_.contains(name))
        start(name);
    gossip();
    for (auto& [name, supervisor] : nodes_)
      if (is_member(name))
        for (int i = 0; i < books; ++i)
          open(name, "book" + std::to_string(i));
  }

private:
  static constexpr int books = 12;

  std::size_t roll(std::size_t sides) { return dice_() % sides; }

  std::string any() { return std::next(nodes_.begin(), roll(nodes_.size()))->first; }

  cluster_actor& desk(const std::string& node) {
    auto known = desks_.find(node);
    if (known == desks_.end())
      known = desks_.emplace(node, desk_of(node)).first;
    return known->second;
  }

  /// Of those that began together, and of those that have been asked to join them: others are by
  /// themselves.
  bool is_member(const std::string& node) {
    return node < "c" || std::ranges::any_of(joining_, [&](auto& x) { return x.first == node; });
  }

  void something() {
    auto book = "book" + std::to_string(roll(books));
    auto through = std::string(1, "abcd"[roll(4)]);
    if (!is_member(through))
      through = "a";
    if (!nodes_.contains(through)) {
      run();
      return start(through);
    }
    switch (roll(30)) {
    case 0:
      return add("c");
    case 1:
      return add("d");
    case 2:
      ask<shard_map>(desk(through), atom::pin_v, book, any());
      return;
    case 3:
      ask<shard_map>(desk(through), atom::unpin_v, book);
      return;
    case 4:
      ask<shard_map>(desk(through), atom::remove_node_v, any(), false);
      return;
    case 5:
    case 6:
    case 7:
      scheduler().advance_time(std::chrono::seconds{1});
      return;
    case 8:
      if (nodes_.size() < 2)
        return;
      run();
      desks_.erase(through);
      return stop(through);
    default:
      ask<book_actor>(nodes_[through], atom::open_v, book, open_mode::create);
    }
  }

  void add(const std::string& node) {
    if (!nodes_.contains(node)) {
      run();
      seen_.insert(node);
      return start(node);
    }
    if (nodes_.contains("a"))
      joining_.emplace_back(node, ask<shard_map>(desk("a"), atom::add_node_v, at(node)));
  }

  std::mt19937 dice_;
  std::set<std::string> seen_{"a", "b"};
  std::map<std::string, cluster_actor> desks_;
  std::vector<std::pair<std::string, std::shared_ptr<pending_answer<shard_map>>>> joining_;
};

} // namespace

TEST_CASE_METHOD(tossed_cluster, "no two nodes ever have one book", "[I10]") {
  auto seed = GENERATE(range(0U, 200U));
  CAPTURE(seed);
  toss(seed);
  std::map<std::string, std::string> owners;
  for (auto& [node, supervisor] : nodes_)
    // One that had a book when it was asked to join is by itself for ever.
    for (auto& book : map_of(node).cluster == map_of("a").cluster ? holdings(node)
                                                                  : std::vector<std::string>{}) {
      auto [known, is_new] = owners.emplace(book, node);
      CAPTURE(book, node, known->second);
      CHECK(is_new);
    }
  CHECK_FALSE(owners.empty());
}

// -- the directory --------------------------------------------------------------------------------

namespace {

class directory_fixture : public cluster_fixture {
public:
  ~directory_fixture() { caf::anon_send_exit(directory_, caf::exit_reason::user_shutdown); }

  void find_from(const std::string& node) {
    auto map = map_of(node);
    directory_ = spawn_directory(system_, nodes_[node], std::move(map), dialer());
  }

  auto find(const std::string& book, open_mode mode = open_mode::create) {
    auto answer = ask<book_actor>(directory_, atom::open_v, book, mode);
    run();
    return answer;
  }

  supervisor_actor directory_;
};

} // namespace

TEST_CASE_METHOD(directory_fixture, "a directory finds the books of all nodes") {
  start_all({"a", "b", "c"});
  find_from("a");
  for (auto* node : {"a", "b", "c"}) {
    auto book = book_at(node, map_of("a"));
    CHECK(find(book, open_mode::existing)->refused().code() == ec::not_found);
    CHECK(find(book)->value() == open(node, book)->value());
  }
  auto answer = ask<std::vector<book_info>>(directory_, atom::books_v);
  run();
  std::set<std::string> nodes;
  for (auto& book : answer->value())
    nodes.insert(book.node);
  CHECK(nodes == std::set<std::string>{"a", "b", "c"});
  auto desk = ask<cluster_actor>(directory_, atom::cluster_v);
  run();
  CHECK(desk->value());
}

TEST_CASE_METHOD(directory_fixture, "a directory that knows an old map finds books all the same") {
  start("a");
  gossip();
  find_from("a");
  start("b");
  change("a", atom::add_node_v, at("b"))->value();
  gossip();
  auto map = map_of("b");
  auto book = book_at("b", map);
  CHECK(find(book)->value() == open("b", book)->value());
  // It has learnt from that.
  stop("a");
  CHECK(find(book_at("b", map) + "y")->arrived());
}

TEST_CASE_METHOD(directory_fixture, "a book whose node is gone is unavailable at once") {
  start_all({"a", "b"});
  find_from("a");
  auto book = book_at("b", map_of("a"));
  REQUIRE(find(book)->value());
  stop("b");
  auto refused = find(book)->refused();
  CHECK(refused.code() == ec::unavailable);
  CHECK(refused.get("node") == "b");
  CHECK(refused.get("address") == "b.test:7717");
  CHECK(find(book_at("a", map_of("a")))->value());
  auto books = ask<std::vector<book_info>>(directory_, atom::books_v);
  run();
  CHECK(books->refused().code() == ec::unavailable);
  start("b");
  gossip();
  CHECK(find(book)->value() == open("b", book)->value());
}
