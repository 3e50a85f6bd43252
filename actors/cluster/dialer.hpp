#pragma once

#include "actors/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <set>
#include <string>

namespace daybook::actors {

/// How long a dialer waits for a connection, and then for the first words of the node.
inline constexpr std::chrono::milliseconds dial_timeout = std::chrono::seconds{1};

/// A DIALER (interfaces.hpp). CAF connects without a bound on the time, and one connection after
/// the other: a host that does not answer would keep all others waiting. So a connection is tried
/// first. Spawned detached.
class dialer_state {
public:
  static inline const char* name = "daybook.dialer";

  explicit dialer_state(dialer_actor::pointer self) : self_(self) {}

  dialer_actor::behavior_type make_behavior();

private:
  using dial_promise = caf::typed_response_promise<supervisor_actor>;

  /// CAF gives up a connection that its heartbeats find without an answer, however young it is.
  static constexpr int tries = 8;

  caf::result<supervisor_actor> on_dial(const address& at);
  void connect(const address& at, dial_promise answer, int tries_left);

  dialer_actor::pointer self_;
};

/// What CAF has found at an address, if it is a node. Errors: `unavailable`.
result<supervisor_actor> as_node(caf::actor_system& system, const address& at,
                                 const caf::strong_actor_ptr& found,
                                 const std::set<std::string>& interfaces);

/// Whether a connection to an address can be made in time. Blocks. Errors: `unavailable`.
result<void> try_connection(const address& at, std::chrono::milliseconds timeout);

/// What says that nobody answers at an address, and with `reason` why.
error no_answer_at(const address& at, const std::string& why);

} // namespace daybook::actors
