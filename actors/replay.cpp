#include "actors/replay.hpp"

#include "actors/key_spill.hpp"
#include "actors/reads/log_walk.hpp"
#include "log/event_list.hpp"
#include "protocol/event_codec.hpp"

#include <utility>

namespace daybook::actors {

namespace {

class replay {
public:
  explicit replay(ledger::book_machine& machine) : machine_(&machine) {}

  result<void> operator()(const log::stored_batch& batch) {
    // Also records without events: the next commit is not before any of them [I4].
    if (auto begun = machine_->begin_replay(info_of(batch)); !begun)
      return fail(at_record(begun.error(), batch));
    log::event_list events{batch.payload};
    while (auto bytes = events.next()) {
      if (auto decoded = protocol::decode(*bytes, event_); !decoded)
        return fail(at_record(decoded.error(), batch));
      if (auto applied = machine_->replay(event_.content); !applied)
        return fail(at_record(applied.error(), batch));
    }
    return {};
  }

private:
  ledger::book_machine* machine_;
  ledger::stored_event event_;
};

} // namespace

log::batch_visitor replay_into(ledger::book_machine& machine) { return replay{machine}; }

log::batch_visitor replay_and_spill(const environment& env, ledger::book_machine& machine,
                                    book_id book, std::optional<error>& refused) {
  return [&env, &machine, book, &refused,
          apply = replay{machine}](const log::stored_batch& batch) mutable -> result<void> {
    if (auto applied = apply(batch); !applied)
      return applied;
    while (auto keys = machine.keys_to_spill()) {
      if (auto spilled = spill_keys(env, book, *keys); !spilled) {
        refused = spilled.error();
        return spilled;
      }
      machine.forget(*keys);
    }
    return {};
  };
}

} // namespace daybook::actors
