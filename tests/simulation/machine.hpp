#pragma once

#include "actors/disk.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"
#include "actors/supervisor.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/simulated_disk.hpp"
#include "tests/simulation/simulated_index.hpp"
#include "tests/simulation/trace.hpp"
#include "tests/support/actor_fixture.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace daybook::simulation {

struct request;

/// Where a deliberate bug stands between the parts of a node. Empty: nothing stands there.
struct interposers {
  /// Wraps the disk that the node sees.
  std::function<std::unique_ptr<log::storage>(log::storage& real)> storage;
  /// Stands in front of a worker: gets the real one, gives the one that the node is given.
  std::function<actors::disk_actor(caf::actor_system&, const actors::disk_actor& real)> disk;
  std::function<actors::disk_actor(caf::actor_system&, const actors::disk_actor& real)> opener;
  std::function<actors::reader_actor(caf::actor_system&, const actors::reader_actor& real)> reader;
  std::function<actors::reader_actor(caf::actor_system&, const actors::reader_actor& real)> finder;
  std::function<actors::indexer_actor(caf::actor_system&, const actors::indexer_actor& real)>
      indexer;
  std::function<actors::keeper_actor(caf::actor_system&, const actors::keeper_actor& real)> keeper;
  /// Stands in front of a subscriber.
  std::function<actors::subscriber_actor(caf::actor_system&, const actors::subscriber_actor& real)>
      subscriber;
  /// Changes a request on its way to the book; the others are those that came there before.
  std::function<void(request&, const std::deque<request>& before)> outgoing;
  /// Sees the node's parts when it has been put together, before it opens a book.
  std::function<void(actors::environment&)> started;
};

/// A process of the node: its actors, on a scheduler that the driver steps.
struct life {
  explicit life(test::test_config& config) : system(config) {}

  caf::actor_system system;
  std::unique_ptr<log::storage> storage; ///< of a deliberate bug
  std::shared_ptr<actors::environment> env;
  actors::supervisor_actor node;
  std::vector<caf::actor> clients; ///< all that are not the node's
  bool is_over = false;            ///< nobody listens any more
};

/// A computer that runs one process after the other: its disk, its clocks, the order in which its
/// actors run. What outlives a process is here.
class machine {
public:
  machine(std::uint64_t seed, actors::node_options options, interposers bugs, trace& told);
  ~machine();

  // -- processes ---------------------------------------------------------------------------------

  /// False when the disk does not let it.
  bool start();
  bool is_running() const { return life_ != nullptr; }

  void stop_in_order(); ///< the process is still there, for its last answers
  void end_process();   ///< after that
  void kill_process();  ///< what was written is there, synced or not
  void lose_power();    ///< of a process, or between two

  /// Between two processes.
  enum class index_fate { kept, deleted, rolled_back };
  void treat_index(index_fate x);
  void delete_snapshots();

  /// So many reads of the index in a thousand fail; repaired with the process.
  void trouble_index(std::uint64_t reads) { index_.set_faults(reads, fate_, *told_); }
  void repair_index() { index_.repair(); }
  std::uint64_t index_failures() const { return index_.failures(); }

  // -- time and order ----------------------------------------------------------------------------

  /// Handles one message, of an actor chosen by chance. False when there is none, and when the
  /// power has gone.
  bool step();
  void drain();
  void advance(std::chrono::microseconds by); ///< both clocks
  void jump_wall_clock(std::int64_t by_us) { wall_.set(timestamp{wall_.now().us() + by_us}); }
  std::int64_t elapsed_us() const { return elapsed_us_; }
  timestamp wall_now() const { return wall_.now(); }

  // -- parts -------------------------------------------------------------------------------------

  life& now() { return *life_; }
  simulated_disk& disk() { return disk_; }
  const simulated_disk& disk() const { return disk_; }
  trace& told() { return *told_; }
  const actors::node_options& options() const { return options_; }
  const interposers& bugs() const { return bugs_; }
  std::uint64_t lives() const { return lives_; }

private:
  void put_together();
  void end_life();
  caf::scheduler::test_coordinator& scheduler();

  actors::node_options options_;
  interposers bugs_;
  trace* told_;
  simulated_disk disk_;
  simulated_index index_;
  test::manual_clock wall_;
  dice_source identities_;
  dice order_;
  dice fate_;
  test::test_config config_;
  std::unique_ptr<life> life_;
  std::uint64_t lives_ = 0;
  std::uint64_t steps_ = 0;
  std::int64_t elapsed_us_ = 0;
};

} // namespace daybook::simulation
