#pragma once

#include "actors/net/tls_identity.hpp"
#include "actors/net/transport_options.hpp"
#include "base/address.hpp"
#include "base/result.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/node_id.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace daybook::actors {

/// How one actor system reaches others and is reached: by CAF's protocol, with our own sockets
/// under it, which know limits and TLS. Any thread.
class transport {
public:
  /// Errors: as `tls_identity::load`.
  static result<std::shared_ptr<transport>> make(const transport_options& options);

  /// Without TLS.
  explicit transport(const peer_limits& limits = {});

  const peer_limits& limits() const { return limits_; }
  /// Null without TLS.
  const std::shared_ptr<const tls_identity>& identity() const { return identity_; }

  // -- connecting

  /// Why the last connection to an address did not come about; empty when nothing is known.
  std::string failure_at(const address& at) const;
  void note_failure(const address& at, const std::string& why);
  void forget_failure(const address& at);

  // -- what the processes at the other ends hold here

  /// A subscription of a process, counted until it goes.
  using share = std::shared_ptr<void>;
  /// Null when the process has as many as it may. What is in this process is not counted.
  static share take_subscription(const caf::actor_system& system, const caf::node_id& of);

  // -- for the module of the actor system

  caf::io::middleman_actor middleman() const;
  void set_middleman(caf::io::middleman_actor x);

private:
  struct subscription_counts;

  peer_limits limits_;
  std::shared_ptr<const tls_identity> identity_;
  std::shared_ptr<subscription_counts> subscriptions_;

  mutable std::mutex mutex_; ///< for what follows
  std::map<address, std::string> failures_;
  caf::io::middleman_actor middleman_;
};

/// A configuration whose system has a transport of its own. Mixed into a CAF configuration.
class with_transport {
public:
  virtual ~with_transport() = default;

  const std::shared_ptr<transport>& network() const { return network_; }

protected:
  /// Has `config`, which this is a part of, load the transport with its system.
  void load_transport(caf::actor_system_config& config, std::shared_ptr<transport> network);

private:
  std::shared_ptr<transport> network_;
};

/// The transport of a system; null when its configuration has none.
transport* transport_of(const caf::actor_system& system);

/// Who publishes and connects for a system: our transport, or else CAF's own middleman.
caf::io::middleman_actor connector(caf::actor_system& system);

/// Why a connection failed.
struct connection_failure {
  std::string reason; ///< for a person: what the transport knows, or else what CAF says
  bool may_pass;      ///< another attempt may succeed at once
};

connection_failure explain_failure(caf::actor_system& system, const address& at,
                                   const caf::error& said);

} // namespace daybook::actors
