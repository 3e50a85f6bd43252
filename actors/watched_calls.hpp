#pragma once

#include <absl/container/flat_hash_set.h>
#include <caf/actor_addr.hpp>
#include <caf/error.hpp>
#include <caf/local_actor.hpp>

#include <memory>
#include <unordered_map>

namespace daybook::actors {

/// A request that has no answer yet.
class pending_call {
public:
  virtual ~pending_call() = default;

  /// Nothing happens when the answer is there already.
  virtual void refuse(const caf::error& reason) = 0;
};

/// The requests of an actor that have no answer yet, by whom it asked. CAF answers requests to an
/// actor that ended, but lets those to an actor of a lost node run into their timeouts, and a
/// caller should know at once. So everyone who is asked is watched. The actor's own; not
/// thread-safe.
class watched_calls {
public:
  explicit watched_calls(caf::local_actor* self) : self_(self) {}

  /// `call` waits for `target`, until `end`.
  void begin(const caf::actor_addr& target, std::shared_ptr<pending_call> call);
  void end(const caf::actor_addr& target, const std::shared_ptr<pending_call>& call);

  /// `call` waits for time to pass, until `unpark`: what the clock has may outlive the actor.
  void park(std::shared_ptr<pending_call> call) { parked_.insert(std::move(call)); }
  void unpark(const std::shared_ptr<pending_call>& call) { parked_.erase(call); }

  /// Whether anything waits for this one, which has ended: then call `refuse`, but only by a
  /// message to oneself, for the answers that came before the end are still behind the news of it.
  bool waits_for(const caf::actor_addr& ended);

  /// Nobody will answer what still waits: whether it was done is not known.
  void refuse(const caf::actor_addr& ended);

private:
  using calls = absl::flat_hash_set<std::shared_ptr<pending_call>>;

  caf::local_actor* self_;
  /// An entry without calls stays, for its actor is watched.
  std::unordered_map<caf::actor_addr, calls> waiting_;
  calls parked_;
};

} // namespace daybook::actors
