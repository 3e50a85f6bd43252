#include "tests/simulation/machine.hpp"

#include "actors/indexer.hpp"
#include "actors/keeper.hpp"
#include "actors/reader.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::simulation {

using namespace actors;

namespace {

constexpr auto index_directory = "/data/index";
constexpr auto index_copy = "/data/index-copy";     ///< of a process that is killed
constexpr auto index_before = "/data/index-before"; ///< of some process before

} // namespace

machine::machine(std::uint64_t seed, node_options options, interposers bugs, trace& told)
    : options_(std::move(options)),
      bugs_(std::move(bugs)),
      told_(&told),
      disk_(seed, told),
      identities_(seed),
      order_(seed, "order"),
      fate_(seed, "fate") {}

machine::~machine() = default;

caf::scheduler::test_coordinator& machine::scheduler() {
  return dynamic_cast<caf::scheduler::test_coordinator&>(life_->system.scheduler());
}

// -- processes ----------------------------------------------------------------------------------

bool machine::start() {
  disk_.set_power(true);
  life_ = std::make_unique<life>(config_);
  ++lives_;
  auto env = std::make_shared<environment>();
  if (bugs_.storage)
    life_->storage = bugs_.storage(disk_);
  env->storage = life_->storage ? life_->storage.get() : &disk_;
  env->time = &wall_;
  env->random = &identities_;
  env->options = options_;
  auto failures = disk_.failures();
  auto directory = log::data_directory::open(*env->storage, options_.data, log::if_missing::create);
  if (!directory) {
    told_->event("node   does not start: " + to_string(directory.error()));
    auto excuse = disk_.failures() != failures || disk_.is_dark();
    if (directory.error().code() != ec::io || !excuse)
      told_->violation("a node does not start: " + to_string(directory.error()));
    end_life();
    return false;
  }
  env->directory = std::make_shared<log::data_directory>(std::move(*directory));
  if (options_.index) {
    auto index_failures = index_.failures();
    index_.begin_opening();
    auto index = index::side_index::open({.directory = index_directory,
                                          // Neither is ever full: what RocksDB then throws out
                                          // and writes depends on its threads.
                                          .cache_bytes = 256 * 1024 * 1024,
                                          .write_buffer_bytes = 16 * 1024 * 1024,
                                          .env = index_.env()},
                                         identities_);
    index_.end_opening();
    if (!index) {
      told_->event("node   does not start: " + to_string(index.error()));
      if (index.error().code() != ec::io || index_.failures() == index_failures)
        told_->violation("the index does not open: " + to_string(index.error()));
      end_life();
      return false;
    }
    env->index = std::move(index->index);
  }
  life_->env = std::move(env);
  if (bugs_.started)
    bugs_.started(*life_->env);
  put_together();
  told_->event(fmt::format("node   starts, life {}", lives_));
  return true;
}

/// One worker of each kind, so that which one a book gets depends on nothing.
void machine::put_together() {
  auto& system = life_->system;
  std::shared_ptr<const environment> env = life_->env;
  auto stand_before = [&](auto& interposer, auto real) {
    return interposer ? interposer(system, real) : real;
  };
  worker_pool workers;
  workers.disks = {
      stand_before(bugs_.disk, system.spawn<disk_actor::stateful_impl<disk_state>>(env))};
  workers.openers = {
      stand_before(bugs_.opener, system.spawn<disk_actor::stateful_impl<disk_state>>(env))};
  workers.readers = {
      stand_before(bugs_.reader, system.spawn<reader_actor::stateful_impl<reader_state>>(env))};
  workers.finders = {
      stand_before(bugs_.finder, system.spawn<reader_actor::stateful_impl<reader_state>>(env))};
  workers.indexers = {
      stand_before(bugs_.indexer, system.spawn<indexer_actor::stateful_impl<indexer_state>>(env))};
  workers.keepers = {
      stand_before(bugs_.keeper, system.spawn<keeper_actor::stateful_impl<keeper_state>>(env))};
  workers.cursor_keepers = {
      stand_before(bugs_.keeper, system.spawn<keeper_actor::stateful_impl<keeper_state>>(env))};
  auto books = env->directory->books();
  life_->node = system.spawn<supervisor_impl::stateful_impl<supervisor_state>>(
      env, std::move(workers), books ? std::move(*books) : std::vector<std::string>{});
}

void machine::stop_in_order() {
  told_->event("node   stops in order");
  auto stopped = std::make_shared<bool>(false);
  life_->clients.push_back(
      life_->system.spawn([node = life_->node, stopped](caf::event_based_actor* self) {
        self->request(node, caf::infinite, atom::stop_v)
            .then([stopped] { *stopped = true; }, [](const caf::error&) {});
      }));
  drain();
  for (auto i = 0; i < 100 && !*stopped && !disk_.is_dark(); ++i) {
    advance(std::chrono::seconds{10});
    drain();
  }
  if (!*stopped && !disk_.is_dark())
    told_->violation("the node does not stop");
}

void machine::end_process() {
  end_life();
  disk_.end_process();
}

void machine::kill_process() {
  told_->event("node   is killed");
  auto has_index = life_->env && life_->env->index;
  if (has_index)
    index_.copy(index_directory, index_copy);
  disk_.set_power(false);
  end_life();
  if (has_index)
    index_.copy(index_copy, index_directory);
  disk_.end_process();
  disk_.set_power(true);
}

void machine::lose_power() {
  if (life_)
    kill_process();
  told_->event("disk   loses power");
  disk_.lose_power();
  disk_.set_power(true);
}

/// Whatever the actors of the process still do, nobody sees: the disk has no power, and the files
/// of the index were set aside.
void machine::end_life() {
  life_->is_over = true;
  index_.repair();
  if (life_->node) {
    caf::anon_send(life_->node, atom::stop_v);
    drain();
    for (auto& x : life_->clients)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    drain();
    life_->node = nullptr;
  }
  life_->clients.clear();
  drain();
  if (auto left = life_->system.registry().running(); left > 0) {
    told_->violation(fmt::format("{} actors outlive their node", left));
    life_->system.await_actors_before_shutdown(false);
  }
  life_->env.reset();
  life_.reset();
}

void machine::treat_index(index_fate x) {
  if (x == index_fate::deleted) {
    told_->event("index  is deleted");
    index_.copy(index_directory, index_before);
    index_.remove(index_directory);
  } else if (x == index_fate::rolled_back && index_.exists(index_before)) {
    told_->event("index  is an older one again");
    index_.copy(index_before, index_directory);
  } else if (x == index_fate::kept && fate_.chance(200)) {
    index_.copy(index_directory, index_before);
  }
}

void machine::delete_snapshots() {
  for (auto& [path, content] : disk_.memory().files())
    if (path.ends_with(".snap")) {
      told_->event("disk   " + path + " is deleted");
      if (auto removed = disk_.memory().remove(path); !removed)
        told_->violation(to_string(removed.error()));
    }
}

// -- time and order -----------------------------------------------------------------------------

bool machine::step() {
  if (!life_ || disk_.is_dark())
    return false;
  auto& jobs = scheduler().jobs;
  if (jobs.empty())
    return false;
  auto chosen = static_cast<std::size_t>(order_.below(jobs.size()));
  told_->detail(fmt::format("step {} of {}", chosen, jobs.size()));
  std::swap(jobs.front(), jobs[chosen]);
  scheduler().run_once();
  return true;
}

void machine::drain() {
  for (auto i = 0; step(); ++i)
    if (i == 1'000'000) {
      told_->violation("the actors never come to rest");
      return;
    }
}

void machine::advance(std::chrono::microseconds by) {
  elapsed_us_ += by.count();
  wall_.set(timestamp{wall_.now().us() + by.count()});
  if (life_)
    scheduler().advance_time(by);
}

} // namespace daybook::simulation
