#pragma once

#include "tests/simulation/bank.hpp"
#include "tests/simulation/followers.hpp"
#include "tests/simulation/machine.hpp"
#include "tests/simulation/model.hpp"
#include "tests/simulation/questions.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/simulation/workload.hpp"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace daybook::simulation {

/// What may go wrong, each of which can be left out, to see what a failure needs.
struct misfortunes {
  bool disk_faults = true;
  bool full_disks = true;
  bool power_losses = true;
  bool process_kills = true;
  bool book_kills = true;
  bool client_kills = true;
  bool lost_indexes = true;
  bool index_faults = true;
  bool lost_snapshots = true;
  bool rot = true;
  bool clock_jumps = true;
};

struct run_options {
  std::uint64_t seed = 0;
  std::uint64_t actions = 300;
  misfortunes with;
  interposers bugs;
};

/// One run: a book, its clients and its machine, from a seed.
///
/// A run is a row of rounds. In a round clients do as they like while the disk, the processes and
/// the clients fail. After it everything is repaired and comes to rest; then the log is read, and
/// all that anybody was told since the last time has to be explained by it.
class simulation {
public:
  simulation(const run_options& options, trace& told);
  ~simulation();

  void run();

  /// Events in the log at the end, lives, rounds: to see that a run did something.
  std::string summary() const;

private:
  actors::node_options draw_options();

  void play_round();
  void act();
  void misfortune();
  void trouble_disk(std::uint64_t changes_max);
  void lose_power();
  void end_round();
  void settle();
  void forget_process();
  void start_again();
  void wait_for_answers();
  void wait_for_writing();
  void expect_answers_of_ended();

  void judge();
  std::optional<std::vector<actors::recorded_event>> read_log();
  void check_log(const std::vector<actors::recorded_event>& log);
  void check_epochs();
  void check_state();
  void check_history();
  void check_files();
  void let_rot();

  /// What somebody must say when everything is repaired; nothing if it is a violation.
  template <class T, class Target, class... Words>
  std::optional<T> must_answer_of(const Target& whom, const char* what, Words... words);
  template <class T, class... Words>
  std::optional<T> must_answer(const char* what, Words... words);

  bool is_wrong() const { return told_->first_violation().has_value(); }

  run_options options_;
  trace* told_;
  dice dice_;
  machine machine_;
  workload workload_;
  bank bank_;
  questions questions_;
  followers followers_;
  std::optional<model> model_;
  std::uint64_t actions_left_;
  std::uint64_t rounds_ = 0;
  std::uint64_t checked_incarnation_ = 0;
  writer_epoch last_epoch_;
};

} // namespace daybook::simulation
