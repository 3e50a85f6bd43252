#include "log/log_position.hpp"

namespace daybook::log {

std::string_view log_position::objection(const record_header& next) const {
  if (next.first_seq != next_seq)
    return "the record's seq does not follow the record before";
  if (next.index != next_index)
    return "the record's log index does not follow the record before";
  if (next.epoch < epoch)
    return "the record is of an older writer than the record before";
  if (next.kind == record_kind::epoch_started && next.epoch == epoch)
    return "the writer's epoch was started before";
  if (next.kind == record_kind::events && next.epoch != epoch)
    return "the writer's epoch was never started";
  if (next.committed_at < committed_at)
    return "the record is older than the record before";
  if (chain && next.previous_chain != *chain)
    return "the chain hash is not the one of the record before";
  return {};
}

std::string_view log_position::objection(const segment_header& next) const {
  if (next.first_seq != next_seq)
    return "the first seq does not follow the segment before";
  if (next.first_index != next_index)
    return "the first log index does not follow the segment before";
  if (next.epoch != epoch)
    return "the epoch is not the last one of the segment before";
  if (chain && next.previous_chain != *chain)
    return "the chain hash is not the one of the segment before";
  return {};
}

void log_position::pass(const record_header& next, std::optional<chain_hash> chain_after) {
  next_seq = next_seq.plus(next.event_count);
  next_index = next_index.next();
  epoch = next.epoch;
  committed_at = next.committed_at;
  chain = chain_after;
}

} // namespace daybook::log
