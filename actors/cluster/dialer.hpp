#pragma once

#include "actors/interfaces.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <chrono>

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
  caf::result<supervisor_actor> on_dial(const address& at);

  dialer_actor::pointer self_;
};

/// Whether a connection to an address can be made in time. Blocks. Errors: `unavailable`.
result<void> try_connection(const address& at, std::chrono::milliseconds timeout);

/// What says that nobody answers at an address.
error no_answer_at(const address& at, const std::string& why);

} // namespace daybook::actors
