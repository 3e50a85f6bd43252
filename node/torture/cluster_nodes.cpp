#include "node/torture/cluster_nodes.hpp"

#include "node/torture/schedule.hpp"
#include "node/torture/verify_data.hpp"

#include <utility>

namespace daybook::node::torture {

namespace {

/// What is done to one node; the rest is done to the cluster.
std::vector<step> steps_of(const torture_options& options, std::uint32_t node) {
  auto possible = options;
  std::erase_if(possible.faults, [](fault x) {
    return x == fault::full_disk || x == fault::partition || x == fault::move;
  });
  return schedule_of(possible, node);
}

} // namespace

result<std::unique_ptr<cluster_nodes>> cluster_nodes::start(const torture_options& options,
                                                            const scratch& place) {
  std::unique_ptr<cluster_nodes> made{new cluster_nodes{options}};
  std::vector<const node_board*> boards;
  for (std::uint32_t n = 0; n < options.nodes; ++n) {
    auto name = "node-" + std::to_string(n);
    auto directory = place.directory(name);
    if (!directory)
      return fail(std::move(directory.error()));
    made->nodes_.push_back(
        {name, *directory, *directory + "/data", std::make_unique<node_board>(0)});
    boards.push_back(made->nodes_.back().board.get());
  }
  auto net = network::start(std::move(boards));
  if (!net)
    return fail(std::move(net.error()));
  made->network_ = std::move(*net);
  for (std::uint32_t n = 0; n < options.nodes; ++n) {
    auto& x = made->nodes_[n];
    x.driver = std::make_unique<node_driver>(made->driver_setup(n), *x.board);
    x.thread = std::thread{[driver = x.driver.get()] { driver->run(); }};
  }
  return made;
}

/// All are started with the same list, so they begin as one cluster.
node_driver::setup cluster_nodes::driver_setup(std::uint32_t number) const {
  auto& x = nodes_[number];
  node_driver::setup made;
  made.name = x.name;
  made.command = {options_.program, x.data, x.directory + "/node.log", options_.snapshot_events,
                  options_.segment_bytes};
  made.command.more = {"--node-id", x.name, "--advertise", to_string(network_->address_of(number))};
  for (party other = 0; other < count(); ++other)
    if (other != number) {
      made.command.more.emplace_back("--peer");
      made.command.more.push_back(nodes_[other].name + "=" +
                                  to_string(network_->address_of(other)));
    }
  made.steps = steps_of(options_, number);
  made.events = x.directory + "/node.jsonl";
  return made;
}

std::vector<std::string> cluster_nodes::names() const {
  std::vector<std::string> all;
  for (auto& x : nodes_)
    all.push_back(x.name);
  return all;
}

result<void> cluster_nodes::wait_until_up() {
  for (auto& x : nodes_)
    if (!x.driver->wait_until_up())
      return fail(ec::io, x.name + " did not start; its log is " + x.directory + "/node.log");
  return {};
}

void cluster_nodes::begin_faults() {
  for (auto& x : nodes_)
    x.driver->begin_faults();
}

void cluster_nodes::end_faults() {
  for (auto& x : nodes_)
    x.driver->end_faults();
}

void cluster_nodes::end() {
  for (auto& x : nodes_)
    if (x.driver)
      x.driver->end();
  for (auto& x : nodes_)
    if (x.thread.joinable())
      x.thread.join();
}

void cluster_nodes::tell(torture_report& report) const {
  for (auto& x : nodes_) {
    verify_data(options_.program, x.data, x.name, x.directory + "/verify.log", report.found);
    report.found.add_all(x.driver->found());
    for (auto& [kind, count] : x.driver->done())
      report.faults[kind] += count;
  }
}

} // namespace daybook::node::torture
