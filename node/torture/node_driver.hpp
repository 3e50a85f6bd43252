#pragma once

#include "node/torture/fault_log.hpp"
#include "node/torture/node_board.hpp"
#include "node/torture/node_process.hpp"
#include "node/torture/options.hpp"
#include "node/torture/schedule.hpp"
#include "node/torture/small_disk.hpp"
#include "node/torture/violations.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// Runs one node and does to it what the schedule says. `run` and the process belong to one thread;
/// the others are for the thread that started that one.
class node_driver {
public:
  struct setup {
    std::string name;
    node_command command;
    std::vector<step> steps;
    std::optional<small_disk> disk; ///< for `full_disk`, holds the data
    std::string events;             ///< path of the file in which it writes down what it does
  };

  node_driver(setup options, node_board& board);

  /// Starts the node, waits, does the steps, waits, ends the node. Returns when `end` was called.
  void run();

  /// The node is up: the times of the steps count from now.
  void begin_faults();
  /// No more faults; the node runs, and is up again when this returns.
  void end_faults();
  /// Ends the node in good order.
  void end();
  /// Waits until it is up for the first time; false when it does not start.
  bool wait_until_up();

  // After `run`:
  const violations& found() const { return found_; }
  const std::map<fault, std::uint64_t>& done() const { return done_; }

private:
  enum class phase : std::uint8_t { starting, idle, faults, settling, settled, ending };

  void start();
  void run_steps();
  void perform(const step& x);
  void kill();
  void pause(const step& x);
  void restart();
  void fill_disk(const step& x);
  void lose(bool index, bool snapshots);
  void watch();
  void watch_room();
  void stop_in_order();
  bool wait_until(std::chrono::steady_clock::time_point when);
  void expect(const char* missing, bool (node_board::*all_since)(instant) const);
  phase wait_while(phase x);
  void enter(phase x);
  void note(const std::string& event);
  void complain(std::string what, std::string detail);

  setup setup_;
  node_board& board_;
  std::optional<child_process> process_;
  bool disk_is_full_ = false;
  fault_log events_;
  violations found_;
  std::map<fault, std::uint64_t> done_;

  std::mutex mutex_;
  std::condition_variable changed_;
  phase phase_ = phase::starting;
};

} // namespace daybook::node::torture
