#pragma once

#include "actors/cluster/handover_list.hpp"
#include "actors/cluster/incoming_copy.hpp"
#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook::actors {

/// THE INTAKE (interfaces.hpp; docs/decisions/0024). Spawned detached: it writes and reads files.
/// One book comes at a time, so that none which its owner has closed waits for another.
class intake_state {
public:
  static inline const char* name = "daybook.intake";

  intake_state(intake_actor::pointer self, std::shared_ptr<const environment> env,
               std::shared_ptr<known_handovers> known);

  intake_actor::behavior_type make_behavior();

private:
  using taken_promise = caf::typed_response_promise<cluster_news>;
  using settled_promise = caf::typed_response_promise<settlement>;

  /// The book that comes.
  struct arriving {
    handover what;
    std::unique_ptr<incoming_copy> copy;
    caf::actor_addr carrier;
  };

  // -- what comes
  caf::result<void> on_announce(const handover& x);
  caf::result<void> on_chunk(const handover& x, const file_chunk& chunk);
  caf::result<copied_end> on_warm(const handover& x);
  void on_down(const caf::down_msg& down);
  void drop();
  result<void> check_belongs(const handover& x) const;
  result<void> check_is_free(const handover& x) const;
  result<incoming_copy*> find(const handover& x) const;

  // -- taking over
  caf::result<cluster_news> on_take(const handover& x, std::vector<copied_file>& files);
  void take(const handover& x, const std::vector<copied_file>& files, taken_promise answer);
  result<void> make_it_ours(incoming_copy& copy, const std::vector<copied_file>& files);
  void adopt(std::unique_ptr<incoming_copy> copy, taken_promise answer);
  void refuse(const handover& x, error why, taken_promise answer);

  // -- what became of it
  caf::result<settlement> on_settle(const handover& x);
  caf::result<void> on_forget(const handover& x);

  intake_actor::pointer self_;
  std::shared_ptr<const environment> env_;
  std::shared_ptr<known_handovers> known_;
  supervisor_impl node_;
  cluster_actor desk_;
  std::optional<arriving> now_;
  std::vector<handover> doubtful_; ///< the disk failed: nobody knows whether they are there
};

} // namespace daybook::actors
