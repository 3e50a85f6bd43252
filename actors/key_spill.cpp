#include "actors/key_spill.hpp"

#include <cstddef>
#include <vector>

namespace daybook::actors {

namespace {

/// So many keys are worth a flush, so that opening need not find them in the log again. Fewer are,
/// too, when there is a snapshot: without them in the index it is of no use.
constexpr std::size_t keys_to_flush = 100'000;

} // namespace

result<void> spill_keys(index::side_index& index, book_id book,
                        const ledger::key_generation& keys) {
  std::vector<index::key_use> uses;
  uses.reserve(keys.uses.size());
  for (auto& [key, use] : keys.uses)
    uses.push_back({key, use.seq, use.fingerprint});
  auto added = index.add_keys(book, uses, {keys.last, keys.epoch, keys.chain});
  if (!added || (!keys.hurried && uses.size() < keys_to_flush))
    return added;
  return index.flush();
}

} // namespace daybook::actors
