#include "index/history_store.hpp"

#include "index/history_pack.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"

#include <algorithm>
#include <utility>

namespace daybook::index {

result<mark> history_store::mark_of(book_id book) const {
  {
    std::lock_guard guard{mutex_};
    if (auto tail = tails_.find(book); tail != tails_.end())
      return tail->second.chunks().back()->up_to();
  }
  return index::mark_of(db_, family::history, book);
}

result<void> history_store::add(book_id book, const history_update& update, const mark& up_to) {
  auto present = mark_of(book);
  if (!present)
    return fail(std::move(present.error()));
  auto chunk = history_chunk::make(update, present->seq, up_to);
  if (auto made = make_room(chunk->size_bytes()); !made)
    return made;
  std::lock_guard guard{mutex_};
  auto& tail = tails_[book];
  auto before = tail.size_bytes();
  tail.add(std::move(chunk));
  tail_bytes_ += tail.size_bytes() - before;
  return {};
}

history_view history_store::view(book_id book) const {
  std::lock_guard guard{mutex_};
  auto tail = tails_.find(book);
  return {db_, book, tail == tails_.end() ? history_chunks{} : tail->second.chunks()};
}

result<void> history_store::forget(book_id book) {
  std::lock_guard packing{packing_};
  unit change{db_, family::history};
  change.remove_all(layout::of_book(book));
  if (auto removed = change.write(); !removed)
    return removed;
  std::lock_guard guard{mutex_};
  if (auto tail = tails_.find(book); tail != tails_.end()) {
    tail_bytes_ -= tail->second.size_bytes();
    tails_.erase(tail);
  }
  return {};
}

result<void> history_store::pack_all() {
  while (auto book = largest_tail())
    if (auto packed = pack_tail(*book); !packed)
      return packed;
  return {};
}

// -- packing --------------------------------------------------------------------------------------

/// A single update may be larger than all tails together may be.
result<void> history_store::make_room(std::size_t bytes) {
  auto is_full = [&] {
    std::lock_guard guard{mutex_};
    return tail_bytes_ > 0 && tail_bytes_ + bytes > tail_bytes_max_;
  };
  while (is_full())
    if (auto book = largest_tail())
      if (auto packed = pack_tail(*book); !packed)
        return packed;
  return {};
}

std::optional<book_id> history_store::largest_tail() const {
  std::lock_guard guard{mutex_};
  auto largest =
      std::ranges::max_element(tails_, {}, [](auto& x) { return x.second.size_bytes(); });
  return largest == tails_.end() ? std::nullopt : std::optional{largest->first};
}

/// The tail goes when the database has it; whoever began to read meanwhile keeps what it has.
result<void> history_store::pack_tail(book_id book) {
  std::lock_guard packing{packing_};
  history_chunks chunks;
  {
    std::lock_guard guard{mutex_};
    auto tail = tails_.find(book);
    if (tail == tails_.end())
      return {};
    chunks = tail->second.seal();
  }
  if (auto packed = pack(db_, book, chunks); !packed)
    return packed;
  std::lock_guard guard{mutex_};
  auto tail = tails_.find(book);
  auto before = tail->second.size_bytes();
  tail->second.drop_sealed();
  tail_bytes_ -= before - tail->second.size_bytes();
  if (tail->second.empty())
    tails_.erase(tail);
  return {};
}

} // namespace daybook::index
