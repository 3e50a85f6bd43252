#include "actors/key_spill.hpp"

#include <vector>

namespace daybook::actors {

result<void> spill_keys(const environment& env, book_id book, const ledger::key_generation& keys) {
  std::vector<index::key_use> uses;
  uses.reserve(keys.uses.size());
  for (auto& [key, use] : keys.uses)
    uses.push_back({key, use.seq, use.fingerprint});
  env.reached(step::spill_begins);
  auto added = env.index->add_keys(book, uses, keys.after, {keys.last, keys.epoch, keys.chain});
  if (!added)
    return added;
  env.reached(step::spill_written);
  // Without its keys in the index a snapshot is of no use.
  auto is_flushed = keys.hurried || uses.size() >= env.options.flushed_keys_min;
  if (!is_flushed)
    return {};
  auto flushed = env.index->flush();
  if (flushed)
    env.reached(step::spill_flushed);
  return flushed;
}

} // namespace daybook::actors
