#pragma once

#include "actors/cluster/cluster_desk.hpp"
#include "actors/cluster/placement.hpp"
#include "actors/node_system.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/faulty_storage.hpp"
#include "tests/support/memory_storage.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

using namespace actors;

/// Several nodes on disks in memory, which find each other without a network.
class cluster_fixture : public actor_fixture {
public:
  ~cluster_fixture() {
    while (!nodes_.empty())
      stop(nodes_.begin()->first);
    run();
  }

  /// For a node or a directory, which ends it.
  dialer_actor dialer() {
    return system_.spawn([net = net_](dialer_actor::pointer) -> dialer_actor::behavior_type {
      return {[net](atom::dial, const address& at) -> caf::result<supervisor_actor> {
        auto known = net->find(at);
        if (known == net->end())
          return to_caf(
              {ec::unavailable, "no node answers at " + to_string(at), {{"reason", "refused"}}});
        return known->second;
      }};
    });
  }

  static address at(const std::string& node) { return {node + ".test", 7717}; }

  static std::vector<cluster_member> members(const std::vector<std::string>& names) {
    std::vector<cluster_member> all;
    for (auto& name : names)
      all.push_back({name, at(name)});
    return all;
  }

  /// A node that knows of nobody, or of those it is told of.
  result<supervisor_actor> spawn(const std::string& name,
                                 const std::vector<std::string>& peers = {},
                                 std::string directory = {}) {
    node_options options;
    options.data = "/" + (directory.empty() ? name : directory);
    options.disks = 1;
    options.cluster.emplace();
    options.cluster->node = name;
    options.cluster->peers = members(peers);
    seams outside{.storage = storage_, .time = &time_, .random = &random_, .detached = false};
    auto finds = outside.dialer = dialer();
    auto node = spawn_node(system_, std::move(options), std::move(outside));
    if (!node)
      caf::anon_send_exit(finds, caf::exit_reason::user_shutdown);
    return node;
  }

  void start(const std::string& name, const std::vector<std::string>& peers = {}) {
    auto node = spawn(name, peers);
    INFO((node ? "" : to_string(node.error())));
    REQUIRE(node);
    nodes_[name] = *node;
    publish(name, at(name));
  }

  void publish(const std::string& name, const address& where) {
    net_->insert_or_assign(where, nodes_[name]);
    auto desk = desk_of(name);
    auto listening = ask_done(desk, listening_job{nodes_[name], where});
    run();
    listening->value();
  }

  void start_all(const std::vector<std::string>& names) {
    for (auto& name : names)
      start(name, names);
    gossip();
  }

  /// It is not there any more, and its disk stays.
  void stop(const std::string& name) {
    auto node = nodes_.extract(name);
    std::erase_if(*net_, [&](auto& x) { return x.second == node.mapped(); });
    caf::anon_send(node.mapped(), atom::stop_v);
    run();
  }

  /// Some rounds, in which everybody hears of everything.
  void gossip(int rounds = 3) {
    for (int i = 0; i < rounds; ++i) {
      scheduler().advance_time(std::chrono::seconds{1});
      run();
    }
  }

  cluster_actor desk_of(const std::string& name) {
    auto answer = ask<cluster_actor>(nodes_[name], atom::cluster_v);
    run();
    return answer->value();
  }

  shard_map map_of(const std::string& name) {
    auto answer = ask<shard_map>(desk_of(name), atom::map_v);
    run();
    return answer->value();
  }

  template <class... Words>
  std::shared_ptr<pending_answer<shard_map>> change(const std::string& through, Words... words) {
    auto answer = ask<shard_map>(desk_of(through), words...);
    run();
    return answer;
  }

  auto open(const std::string& node, const std::string& book, open_mode mode = open_mode::create) {
    auto answer = ask<book_actor>(nodes_[node], atom::open_v, book, mode);
    run();
    return answer;
  }

  /// A book that belongs to a node.
  std::string book_at(const std::string& node, const shard_map& map) {
    for (int i = 0;; ++i)
      if (auto book = "book" + std::to_string(i); place_of(map, book)->node == node)
        return book;
  }

  std::vector<std::string> holdings(const std::string& node) {
    auto answer = ask<std::vector<std::string>>(nodes_[node], atom::holdings_v);
    run();
    return answer->value();
  }

protected:
  manual_clock time_;
  fixed_random random_;
  memory_storage memory_;
  faulty_storage disk_{memory_};
  log::storage* storage_ = &disk_; ///< of the nodes
  std::shared_ptr<std::map<address, supervisor_actor>> net_ =
      std::make_shared<std::map<address, supervisor_actor>>();
  std::map<std::string, supervisor_actor> nodes_;
};

} // namespace daybook::test
