#pragma once

#include "node/torture/network.hpp"
#include "node/torture/node_board.hpp"
#include "node/torture/node_driver.hpp"
#include "node/torture/options.hpp"
#include "node/torture/report.hpp"
#include "node/torture/scratch.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace daybook::node::torture {

/// The nodes of one cluster, each with its driver, and the network between them. Owned by one
/// thread. In order: `wait_until_up`, `begin_faults`, `end_faults`, `end`, `tell`.
class cluster_nodes {
public:
  /// Starts them. Errors: `io`.
  static result<std::unique_ptr<cluster_nodes>> start(const torture_options& options,
                                                      const scratch& place);
  ~cluster_nodes() { end(); }

  cluster_nodes(const cluster_nodes&) = delete;
  cluster_nodes& operator=(const cluster_nodes&) = delete;

  network& net() { return *network_; }
  std::uint32_t count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  std::vector<std::string> names() const;

  /// Errors: `io` when one does not start, with the path of its log.
  result<void> wait_until_up();
  /// Each suffers what its schedule says.
  void begin_faults();
  /// All run, and go on running.
  void end_faults();
  /// Ends them in good order. Again: nothing.
  void end();
  /// What was done to them and what was wrong; verifies their logs. After `end`.
  void tell(torture_report& report) const;

private:
  struct node {
    std::string name;
    std::string directory; ///< of its logs
    std::string data;
    std::unique_ptr<node_board> board;
    std::unique_ptr<node_driver> driver{};
    std::thread thread{};
  };

  explicit cluster_nodes(const torture_options& options) : options_(options) {}

  node_driver::setup driver_setup(std::uint32_t number) const;

  const torture_options& options_;
  std::vector<node> nodes_;
  std::unique_ptr<network> network_; ///< goes before the boards
};

} // namespace daybook::node::torture
