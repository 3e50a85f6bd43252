#pragma once

#include "actors/interfaces.hpp"
#include "actors/watched_calls.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>

namespace daybook::actors {

/// THE GATEWAY (interfaces.hpp).
class gateway_state {
public:
  static inline const char* name = "daybook.gateway";

  explicit gateway_state(gateway_actor::pointer self);

  gateway_actor::behavior_type make_behavior();

  gateway_actor::pointer self() const { return self_; }
  watched_calls& calls() { return calls_; }

private:
  void on_down(const caf::down_msg& down);

  gateway_actor::pointer self_;
  watched_calls calls_;
};

/// A function that the gateway runs: it sends one request and passes the answer on.
struct client_call {
  std::function<void(gateway_state&)> run;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::client_call)
