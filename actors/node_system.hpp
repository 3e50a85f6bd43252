#pragma once

#include "actors/interfaces.hpp"
#include "actors/net/transport.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/settings.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

// Where the actors of a node are put together: the one place that chooses threads and real disks.

namespace daybook::actors {

/// Makes our messages known to CAF. Call before the first actor system of the program is made;
/// calling it again does nothing.
void register_types();

/// Settings of an actor system that carries books: networking loaded, threads chosen for answers
/// that come soon after a disk does. Change what you like before you make the system.
class system_config : public caf::actor_system_config, public with_transport {
public:
  /// `network` is how the system speaks with others; null: without TLS, with the usual limits.
  explicit system_config(const caf::settings& settings = {},
                         std::shared_ptr<transport> network = nullptr);
};

/// An actor system of our own, for callers that have none.
class node_system {
public:
  /// With settings of an actor system, by group as in its configuration files, in place of ours.
  static std::unique_ptr<node_system> start(const caf::settings& settings = {});

  /// The same, speaking with others as the options say. Errors: as `tls_identity::load`.
  static result<std::unique_ptr<node_system>> start(const transport_options& network,
                                                    const caf::settings& settings = {});

  caf::actor_system& get() { return system_; }

private:
  node_system(const caf::settings& settings, std::shared_ptr<transport> network)
      : config_(settings, std::move(network)) {}

  system_config config_;
  caf::actor_system system_{config_};
};

/// The outside of a node, where a test may put its own. Null means the real one. They outlive the
/// actor system.
struct seams {
  log::storage* storage = nullptr;
  const clock* time = nullptr;
  random_source* random = nullptr;
  /// Disks and readers block, so each has a thread, and what takes long one of lower priority
  /// (background.hpp); a test that schedules by hand says false.
  bool detached = true;
  /// Whether `storage` leads to real files. Else there is no index, which has its own way to them.
  bool has_real_files = false;
  /// Finds the other nodes of a cluster. Null: over the network.
  dialer_actor dialer{};
  /// Sees the steps that the storage does not, and may end the process at any of them.
  step_callback on_step{};
};

/// Opens the data directory and starts a supervisor for its books. Send it `atom::stop` to end: it
/// closes every book and unlocks the directory.
/// Errors: `locked`, `not_found`, `invalid_argument`, `io`.
result<supervisor_actor> spawn_node(caf::actor_system& system, node_options options,
                                    seams outside = {});

/// The supervisor of the node at an address. Blocks. Errors: `io` when nobody answers there in
/// time, or when one of the two does not take the other's certificate.
result<supervisor_actor> connect_node(caf::actor_system& system, const std::string& host,
                                      std::uint16_t port,
                                      std::chrono::milliseconds timeout = std::chrono::seconds{30});

/// Lets other processes reach a node; gives the port, which the system chooses for 0.
/// Errors: `io` when the address is taken or not ours.
result<std::uint16_t> publish_node(caf::actor_system& system, const supervisor_actor& node,
                                   const std::string& host, std::uint16_t port);

} // namespace daybook::actors
