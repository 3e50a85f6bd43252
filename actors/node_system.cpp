#include "actors/node_system.hpp"

#include "actors/background.hpp"
#include "actors/client_core.hpp"
#include "actors/cluster/carrier.hpp"
#include "actors/cluster/cluster_desk.hpp"
#include "actors/cluster/dialer.hpp"
#include "actors/cluster/handover_list.hpp"
#include "actors/cluster/intake.hpp"
#include "actors/cluster/placement.hpp"
#include "actors/disk.hpp"
#include "actors/errors.hpp"
#include "actors/indexer.hpp"
#include "actors/keeper.hpp"
#include "actors/logging.hpp"
#include "actors/node_metrics.hpp"
#include "actors/reader.hpp"
#include "actors/sampler.hpp"
#include "actors/supervisor.hpp"
#include "log/posix_storage.hpp"

#include <caf/init_global_meta_objects.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <vector>

namespace daybook::actors {

namespace {

class system_clock final : public clock {
public:
  timestamp now() const override {
    auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return timestamp{std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count()};
  }
};

const clock& real_clock() {
  static const system_clock instance;
  return instance;
}

log::storage& real_storage() {
  static log::posix_storage instance;
  return instance;
}

/// A batch takes events until it is full, so it may be larger by one transaction. A posting takes
/// at most 64 bytes; a reference and an id at most two names.
std::size_t largest_batch_bytes(const node_options& options) {
  auto& bounds = options.bounds;
  return options.batch.bytes_max + bounds.metadata_bytes_max + 64 * bounds.postings_max +
         2 * (bounds.name_bytes_max + 8) * (bounds.refs_max + 2);
}

template <class Impl, class... Args>
auto spawn_worker(caf::actor_system& system, bool detached, Args&&... args) {
  return detached ? system.spawn<Impl, caf::detached>(std::forward<Args>(args)...)
                  : system.spawn<Impl>(std::forward<Args>(args)...);
}

worker_pool spawn_workers(caf::actor_system& system, std::shared_ptr<const environment> env,
                          bool detached) {
  auto spawn = [&]<class State, class Worker>(std::size_t count, std::vector<Worker>& workers) {
    for (std::size_t i = 0; i < count; ++i)
      workers.push_back(
          spawn_worker<typename Worker::template stateful_impl<State>>(system, detached, env));
  };
  auto& counts = env->options;
  worker_pool workers;
  spawn.operator()<disk_state>(counts.disks, workers.disks);
  spawn.operator()<disk_state>(counts.openers, workers.openers);
  spawn.operator()<reader_state>(counts.readers, workers.readers);
  spawn.operator()<reader_state>(counts.finders, workers.finders);
  spawn.operator()<indexer_state>(counts.indexers, workers.indexers);
  spawn.operator()<keeper_state>(counts.keepers, workers.keepers);
  spawn.operator()<keeper_state>(counts.cursor_keepers, workers.cursor_keepers);
  return workers;
}

/// What the node knew of its cluster when it ran last.
result<std::optional<membership>> know_cluster(environment& env) {
  auto& options = env.options;
  if (!options.cluster || options.read_only)
    return std::nullopt;
  if (auto valid = check_node_name(options.cluster->node); !valid)
    return fail(std::move(valid.error()));
  if (auto made = env.directory->make_cluster_directory(); !made)
    return fail(std::move(made.error()));
  env.cluster = std::make_shared<cluster_view>();
  auto kept = load_membership(env);
  if (kept && *kept)
    env.cluster->show(std::make_shared<const cluster_picture>((*kept)->record()));
  return kept;
}

void spawn_cluster_desk(caf::actor_system& system, const std::shared_ptr<const environment>& env,
                        std::optional<membership> kept,
                        const std::shared_ptr<known_handovers>& handovers, const seams& outside,
                        worker_pool& to) {
  to.dialer = outside.dialer;
  if (!to.dialer)
    to.dialer = spawn_worker<dialer_actor::stateful_impl<dialer_state>>(system, true);
  to.carrier = spawn_worker<carrier_actor::stateful_impl<carrier_state>>(system, outside.detached,
                                                                         env, handovers);
  to.intake = spawn_worker<intake_actor::stateful_impl<intake_state>>(system, outside.detached, env,
                                                                      handovers);
  to.cluster_desk = spawn_worker<cluster_actor::stateful_impl<cluster_desk_state>>(
      system, outside.detached, env, cluster_helpers{to.dialer, to.carrier, to.intake},
      std::move(kept));
}

void spawn_sampler(caf::actor_system& system, const environment& env,
                   const supervisor_actor& node) {
  if (env.options.metrics_interval > std::chrono::milliseconds{0})
    system.spawn<sampler_actor::stateful_impl<sampler_state>>(
        env.metrics, node, env.cluster != nullptr, env.options.metrics_interval);
}

result<log::data_directory> open_directory(const environment& env) {
  auto& options = env.options;
  if (options.read_only)
    return log::data_directory::open_read_only(*env.storage, options.data);
  return log::data_directory::open(*env.storage, options.data,
                                   options.create ? log::if_missing::create
                                                  : log::if_missing::refuse);
}

/// The steps of the index as those of a node.
index::index_step_callback telling(const step_callback& on_step) {
  if (!on_step)
    return {};
  return [on_step](index::index_step x) {
    switch (x) {
    case index::index_step::pack_begins:
      return on_step(step::pack_begins);
    case index::index_step::pack_written:
      return on_step(step::pack_written);
    case index::index_step::merge_made:
      return on_step(step::merge_made);
    case index::index_step::merge_named:
      return on_step(step::merge_named);
    case index::index_step::merge_removed:
      return on_step(step::merge_removed);
    }
  };
}

/// The index is RocksDB's, on real files; without those, to read, and when its own files cannot be
/// written, a node does without.
result<void> open_index(environment& env, const seams& outside) {
  auto& options = env.options;
  auto has_real_files = !outside.storage || outside.has_real_files;
  if (!options.index || options.read_only || !has_real_files)
    return {};
  auto opened = index::side_index::open({.directory = env.directory->index_directory(),
                                         .cache_bytes = options.index_cache_bytes,
                                         .write_buffer_bytes = options.index_write_buffer_bytes,
                                         .key_filter_bytes = options.key_filter_bytes,
                                         .on_step = telling(env.on_step)},
                                        *env.random);
  if (!opened && opened.error().code() == ec::io) {
    // Nothing is lost without it: keys stay in memory, and the past is read from the log.
    logger()->error("event=no_index reason=\"{}\"", to_string(opened.error()));
    return {};
  }
  if (!opened)
    return fail(std::move(opened.error()));
  if (opened->rebuilt)
    logger()->warn("event=index_rebuilt reason=\"{}\"", opened->why);
  env.index = std::move(opened->index);
  return {};
}

/// Group by group: what is not named stays.
void merge(const caf::settings& from, caf::settings& to) {
  for (auto& [name, value] : from)
    if (auto* group = caf::get_if<caf::settings>(&value))
      merge(*group, to[name].as_dictionary());
    else
      to.insert_or_assign(name, value);
}

/// From now on the other nodes can reach this one, if it is in a cluster.
result<void> tell_cluster(caf::actor_system& system, const supervisor_actor& node,
                          const address& at) {
  caf::scoped_actor self{system};
  cluster_actor desk;
  // No timeouts: both are of this process, and write a small file at most.
  self->request(node, caf::infinite, atom::cluster_v)
      .receive([&](cluster_actor& x) { desk = std::move(x); }, [](const caf::error&) {});
  result<void> told;
  if (desk)
    self->request(desk, caf::infinite, listening_job{node, at})
        .receive([] {}, [&](const caf::error& x) { told = fail(from_caf(x, ec::io)); });
  return told;
}

} // namespace

void register_types() {
  static std::once_flag once;
  std::call_once(once, [] {
    caf::core::init_global_meta_objects();
    caf::io::middleman::init_global_meta_objects();
    caf::init_global_meta_objects<caf::id_block::daybook>();
  });
}

system_config::system_config(const caf::settings& settings, std::shared_ptr<transport> network) {
  register_types();
  load<caf::io::middleman>();
  load_transport(*this, network ? std::move(network) : std::make_shared<transport>());
  // One queue for all threads, with a wake-up: work stealing polls, and sleeps between polls, which
  // an answer that comes a disk's sync later would wait for.
  set("caf.scheduler.policy", "sharing");
  // A node that says nothing is given up after five seconds, and not after CAF's thirty: whoever
  // has a request there hears of it. Heartbeats cost nothing, and five of them may be late.
  set("caf.middleman.heartbeat-interval", caf::timespan{std::chrono::seconds{1}});
  set("caf.middleman.connection-timeout", caf::timespan{std::chrono::seconds{5}});
  merge(settings, content);
}

std::unique_ptr<node_system> node_system::start(const caf::settings& settings) {
  register_types();
  return std::unique_ptr<node_system>{new node_system{settings, nullptr}};
}

result<std::unique_ptr<node_system>> node_system::start(const transport_options& network,
                                                        const caf::settings& settings) {
  register_types();
  return transport::make(network).map([&](std::shared_ptr<transport> x) {
    return std::unique_ptr<node_system>{new node_system{settings, std::move(x)}};
  });
}

result<supervisor_actor> spawn_node(caf::actor_system& system, node_options options,
                                    seams outside) {
  if (std::ranges::min({options.disks, options.openers, options.readers, options.finders,
                        options.indexers, options.keepers, options.cursor_keepers}) == 0)
    return fail(ec::invalid_argument,
                "a node needs at least one disk, opener, reader, finder, indexer, keeper and "
                "cursor keeper",
                {{"field", "disks"}});
  if (largest_batch_bytes(options) > batch_payload_bytes_max)
    return fail(
        ec::invalid_argument,
        "a batch under these limits could pass the largest record: lower batch.bytes_max or "
        "bounds",
        {{"field", "batch.bytes_max"}});
  auto env = std::make_shared<environment>();
  env->storage = outside.storage ? outside.storage : &real_storage();
  env->time = outside.time ? outside.time : &real_clock();
  env->random = outside.random ? outside.random : &system_random();
  env->options = std::move(options);
  env->on_step = std::move(outside.on_step);
  env->metrics = std::make_shared<node_metrics>(system.metrics(), env->options.batch);
  if (outside.detached)
    env->background = run_in_background;
  auto directory = open_directory(*env);
  if (!directory)
    return fail(std::move(directory.error()));
  env->directory = std::make_shared<log::data_directory>(std::move(*directory));
  if (auto opened = open_index(*env, outside); !opened)
    return fail(std::move(opened.error()));
  auto books = env->directory->books();
  if (!books)
    return fail(std::move(books.error()));
  auto kept = know_cluster(*env);
  if (!kept)
    return fail(std::move(kept.error()));
  std::vector<std::string> in_doubt;
  std::shared_ptr<known_handovers> handovers;
  if (env->cluster) {
    auto loaded = load_handovers(*env, *books);
    if (!loaded)
      return fail(std::move(loaded.error()));
    handovers = std::move(*loaded);
    for (auto& x : handovers->offers.all())
      in_doubt.push_back(x.book);
  }
  auto workers = spawn_workers(system, env, outside.detached);
  if (env->cluster)
    spawn_cluster_desk(system, env, std::move(*kept), handovers, outside, workers);
  auto node = system.spawn<supervisor_impl::stateful_impl<supervisor_state>>(
      env, std::move(workers), std::move(*books), in_doubt);
  spawn_sampler(system, *env, node);
  return node;
}

result<supervisor_actor> connect_node(caf::actor_system& system, const std::string& host,
                                      std::uint16_t port, std::chrono::milliseconds timeout) {
  address at{host, port};
  auto no_node = [&](const std::string& why) {
    return fail(ec::io,
                "no node answers at " + to_string(at) + " (" + why +
                    "): start one with `daybook serve`, or check the address",
                {{"address", to_string(at)}});
  };
  // CAF's own way to connect has no timeout.
  if (auto tried = try_connection(at, timeout); !tried)
    return no_node(std::string{tried.error().get("reason")});
  result<supervisor_actor> node = no_node("nothing came");
  caf::scoped_actor self{system};
  // CAF gives up a connection that its heartbeats find without an answer, however young it is.
  auto again = true;
  for (int tries = 0; again && tries < 8; ++tries) {
    again = false;
    self->request(connector(system), timeout, caf::connect_atom_v, host, port)
        .receive(
            [&](const caf::node_id&, const caf::strong_actor_ptr& found,
                const std::set<std::string>& interfaces) {
              node = as_node(system, at, found, interfaces);
              if (!node)
                node = no_node(std::string{node.error().get("reason")});
            },
            [&](const caf::error& reason) {
              auto failure = explain_failure(system, at, reason);
              node = no_node(failure.reason);
              again = failure.may_pass;
            });
  }
  return node;
}

result<std::uint16_t> publish_node(caf::actor_system& system, const supervisor_actor& node,
                                   const std::string& host, std::uint16_t port) {
  result<std::uint16_t> bound;
  caf::scoped_actor self{system};
  // Reuse: a node that was killed leaves connections in TIME_WAIT, and must start again at once.
  self->request(connector(system), caf::infinite, caf::publish_atom_v, port,
                caf::actor_cast<caf::strong_actor_ptr>(node),
                system.message_types<supervisor_actor>(), host, true)
      .receive([&](std::uint16_t at) { bound = at; },
               [&](const caf::error& reason) {
                 bound = fail(ec::io,
                              "cannot listen on " + host + ":" + std::to_string(port) + " (" +
                                  caf::to_string(reason) +
                                  "): the address is taken or not this machine's",
                              {{"address", host + ":" + std::to_string(port)}});
               });
  if (!bound)
    return bound;
  if (auto told = tell_cluster(system, node, {host, *bound}); !told)
    return fail(std::move(told.error()));
  return *bound;
}

} // namespace daybook::actors
