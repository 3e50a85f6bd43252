#pragma once

#include "actors/interfaces.hpp"
#include "actors/node_metrics.hpp"

#include <caf/actor_addr.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>

namespace daybook::actors {

/// A SAMPLER: sets the gauges of a node's metrics, which nobody does as things happen, at a regular
/// interval. It ends with the supervisor.
using sampler_actor = caf::typed_actor<
    // Looks now.
    auto(atom::refresh)->caf::result<void>>;

class sampler_state {
public:
  static inline const char* name = "daybook.sampler";

  sampler_state(sampler_actor::pointer self, std::shared_ptr<node_metrics> metrics,
                const supervisor_actor& node, bool is_in_cluster, caf::timespan interval);

  sampler_actor::behavior_type make_behavior();

private:
  void tick();
  void look();
  void look_at_cluster(const supervisor_actor& node);

  sampler_actor::pointer self_;
  std::shared_ptr<node_metrics> metrics_;
  caf::actor_addr node_; ///< no handle: it does not keep the node
  bool is_in_cluster_;
  caf::timespan interval_;
};

} // namespace daybook::actors
