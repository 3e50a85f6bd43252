#include "ledger/text_arena.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <functional>

namespace daybook::ledger {

namespace {

/// A small book takes little; a large one wastes at most the end of its last chunk.
constexpr std::size_t first_chunk_bytes = 256;
constexpr std::size_t chunk_bytes_max = 1024 * 1024;

} // namespace

bool text_arena::chunk::holds(const char* place) const {
  // Of pointers into different arrays only `std::less` is an order.
  std::less<const char*> before;
  return !before(place, bytes.get()) && !before(bytes.get() + used, place);
}

const char* text_arena::add(std::string_view x) {
  if (chunks_.empty() || chunks_.back().size - chunks_.back().used < x.size()) {
    auto wanted =
        chunks_.empty() ? first_chunk_bytes : std::min(2 * chunks_.back().size, chunk_bytes_max);
    auto size = std::max(wanted, x.size());
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size, 0});
  }
  auto& last = chunks_.back();
  auto* place = last.bytes.get() + last.used;
  std::ranges::copy(x, place);
  last.used += x.size();
  return place;
}

void text_arena::truncate(const char* begin) {
  while (!chunks_.empty() && !chunks_.back().holds(begin))
    chunks_.pop_back();
  DAYBOOK_INVARIANT(!chunks_.empty());
  auto& last = chunks_.back();
  last.used = static_cast<std::size_t>(begin - last.bytes.get());
}

} // namespace daybook::ledger
