#include "log/sparse_index.hpp"

#include <algorithm>

namespace daybook::log {

void sparse_index::add(event_seq first_seq, std::uint64_t offset) {
  if (wants(offset))
    places_.push_back({first_seq, offset});
}

std::optional<record_place> sparse_index::find(event_seq seq) const {
  auto after = std::ranges::upper_bound(places_, seq, {}, &record_place::first_seq);
  if (after == places_.begin())
    return std::nullopt;
  return *std::prev(after);
}

sparse_index sparse_index::before(std::uint64_t offset) const {
  auto end = std::ranges::lower_bound(places_, offset, {}, &record_place::offset);
  sparse_index some;
  some.places_.assign(places_.begin(), end);
  return some;
}

std::optional<record_place> live_index::find(event_seq segment, event_seq seq) const {
  std::lock_guard guard{mutex_};
  return segment == segment_ ? index_.find(seq) : std::nullopt;
}

sparse_index live_index::before(event_seq segment, std::uint64_t offset) const {
  std::lock_guard guard{mutex_};
  return segment == segment_ ? index_.before(offset) : sparse_index{};
}

void live_index::begin(event_seq segment, sparse_index known) {
  std::lock_guard guard{mutex_};
  segment_ = segment;
  index_ = std::move(known);
}

void live_index::add(event_seq first_seq, std::uint64_t offset) {
  if (!index_.wants(offset))
    return;
  std::lock_guard guard{mutex_};
  index_.add(first_seq, offset);
}

} // namespace daybook::log
