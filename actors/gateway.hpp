#pragma once

#include "actors/interfaces.hpp"

#include <absl/container/flat_hash_set.h>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>
#include <unordered_map>

namespace daybook::actors {

/// A request of a client that has no answer yet.
class pending_call {
public:
  virtual ~pending_call() = default;

  /// Nothing happens when the answer is there already.
  virtual void refuse(const caf::error& reason) = 0;
};

/// THE GATEWAY (interfaces.hpp). It watches everyone it asks: CAF lets a request to an actor of a
/// lost node run into its timeout, and a caller should know at once.
class gateway_state {
public:
  static inline const char* name = "daybook.gateway";

  explicit gateway_state(gateway_actor::pointer self);

  gateway_actor::behavior_type make_behavior();

  gateway_actor::pointer self() const { return self_; }

  /// `call` waits for `target`, until `end`.
  void begin(const caf::actor_addr& target, std::shared_ptr<pending_call> call);
  void end(const caf::actor_addr& target, const std::shared_ptr<pending_call>& call);

private:
  void on_down(const caf::down_msg& down);

  using calls = absl::flat_hash_set<std::shared_ptr<pending_call>>;

  gateway_actor::pointer self_;
  /// By whom it asks; an entry without calls stays, for its actor is watched.
  std::unordered_map<caf::actor_addr, calls> waiting_;
};

/// A function that the gateway runs: it sends one request and passes the answer on.
struct client_call {
  std::function<void(gateway_state&)> run;
};

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::client_call)
