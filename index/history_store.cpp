#include "index/history_store.hpp"

#include "index/history_pack.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace daybook::index {

namespace {

/// How long one update may wait for another book's history: some tenths of a second.
constexpr std::size_t window_bytes_max = 16 * 1024 * 1024;

} // namespace

result<mark> history_store::mark_of(book_id book) const {
  {
    std::lock_guard guard{mutex_};
    if (auto tail = tails_.find(book); tail != tails_.end() && !tail->second.empty())
      return tail->second.chunks().back()->up_to();
  }
  return index::mark_of(db_, family::history, book);
}

result<void> history_store::add(book_id book, const history_update& update, const mark& up_to) {
  auto present = mark_of(book);
  if (!present)
    return fail(std::move(present.error()));
  if (up_to.seq <= present->seq)
    return fail(ec::corrupt, "two books of this node have one id: move the copy of a book away",
                {{"book", std::to_string(book.value())}});
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
  std::lock_guard packing{packing_};
  while (auto book = largest_tail())
    if (auto packed = pack_tail(*book); !packed)
      return packed;
  return {};
}

// -- packing, under its lock ----------------------------------------------------------------------

/// A single update may be larger than all tails together may be: then the others are halved for it.
result<void> history_store::make_room(std::size_t bytes) {
  auto is_full = [&] {
    std::lock_guard guard{mutex_};
    return tail_bytes_ + bytes > tail_bytes_max_ && tail_bytes_ > tail_bytes_max_ / 2;
  };
  if (!is_full())
    return {};
  std::lock_guard packing{packing_};
  while (is_full())
    if (auto packed = pack_tail(*largest_tail()); !packed)
      return packed;
  return {};
}

/// Nothing when all are empty.
std::optional<book_id> history_store::largest_tail() const {
  std::lock_guard guard{mutex_};
  auto largest =
      std::ranges::max_element(tails_, {}, [](auto& x) { return x.second.size_bytes(); });
  if (largest == tails_.end() || largest->second.empty())
    return std::nullopt;
  return largest->first;
}

/// A window of the tail goes when the database has it; whoever began to read meanwhile keeps it.
result<void> history_store::pack_tail(book_id book) {
  auto chunks = seal(book);
  if (on_step_)
    on_step_(index_step::pack_begins);
  auto packed = pack(db_, book, chunks);
  if (packed && on_step_)
    on_step_(index_step::pack_written);
  std::lock_guard guard{mutex_};
  auto tail = tails_.find(book);
  auto before = tail->second.size_bytes();
  if (packed)
    tail->second.drop_sealed();
  else
    tail->second.unseal();
  tail_bytes_ -= before - tail->second.size_bytes();
  if (tail->second.empty())
    tails_.erase(tail);
  return packed;
}

history_chunks history_store::seal(book_id book) {
  std::lock_guard guard{mutex_};
  return tails_[book].seal(window_bytes_max);
}

} // namespace daybook::index
