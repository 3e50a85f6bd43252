#pragma once

#include "base/result.hpp"
#include "node/torture/fault_log.hpp"
#include "node/torture/interruptible.hpp"
#include "node/torture/network.hpp"
#include "node/torture/options.hpp"
#include "node/torture/report.hpp"
#include "node/torture/schedule.hpp"
#include "node/torture/seeded.hpp"
#include "node/torture/violations.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace daybook::node::torture {

/// Cuts the network of a cluster, and moves its books, as the seed says: two threads, beside those
/// of the nodes, so that a book moves while the network is cut and nodes are killed. In order:
/// `begin`, `end`, the rest.
class cluster_faults {
public:
  /// Moves a book to a node, asking the one at an address.
  using mover = std::function<result<void>(const address& through, const std::string& book,
                                           const std::string& to)>;

  struct setup {
    torture_options options;
    std::vector<std::string> nodes;
    std::vector<std::string> books;
    mover move;
    std::string events; ///< path of the file in which it writes down what it does
  };

  cluster_faults(setup options, network& net);
  ~cluster_faults() { end(); }

  cluster_faults(const cluster_faults&) = delete;
  cluster_faults& operator=(const cluster_faults&) = delete;

  void begin();
  /// No more faults, and the network is whole when this returns. Again: nothing.
  void end();

  const std::map<fault, std::uint64_t>& done() const { return done_; }
  const move_counts& moves() const { return moves_; }
  const violations& found() const { return found_; }

private:
  void cut_again_and_again();
  void move_again_and_again();
  void move(const std::string& book, const std::string& to, party through);

  setup setup_;
  network& network_;
  fault_log events_;
  interruptible wait_;
  std::map<fault, std::uint64_t> done_{{fault::partition, 0}, {fault::move, 0}};
  move_counts moves_;
  violations found_; ///< of the thread that moves
  std::thread cutting_;
  std::thread moving_;
};

} // namespace daybook::node::torture
