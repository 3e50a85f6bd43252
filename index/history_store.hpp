#pragma once

#include "index/history_read.hpp"
#include "index/history_tail.hpp"
#include "index/index_step.hpp"
#include "index/rocks/database.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <mutex>
#include <utility>

namespace daybook::index {

/// The histories of all books: each has a tail in memory, ordered for reading, and the database has
/// what is before it, packed. When the tails together take more than they may, the oldest part of
/// the largest is packed: many postings in one go make few values.
///
/// Any thread, but for `add` and `forget` one for each book.
class history_store {
public:
  history_store(const database& db, std::size_t tail_bytes_max, index_step_callback on_step = {})
      : db_(db), tail_bytes_max_(tail_bytes_max), on_step_(std::move(on_step)) {}

  result<mark> mark_of(book_id book) const;

  /// What cannot be added is not there, and what was there before stays. May write the history of
  /// another book, and fail when that fails. Errors: also `corrupt` with `book` when the mark is
  /// behind the present one, which a copy of the book has moved.
  result<void> add(book_id book, const history_update& update, const mark& up_to);

  /// For reading up to the mark of this moment; what is written meanwhile does not matter.
  history_view view(book_id book) const;

  result<void> forget(book_id book);

  /// Gives all tails to the database.
  result<void> pack_all();

private:
  result<void> make_room(std::size_t bytes);
  std::optional<book_id> largest_tail() const;
  result<void> pack_tail(book_id book);
  history_chunks seal(book_id book);

  const database& db_;
  std::size_t tail_bytes_max_;
  index_step_callback on_step_;

  /// Held while a tail is packed or a history forgotten, so that nothing comes back.
  std::mutex packing_;
  /// For what follows; never held while the disk is read or written.
  mutable std::mutex mutex_;
  absl::flat_hash_map<book_id, history_tail> tails_;
  std::size_t tail_bytes_ = 0;
};

} // namespace daybook::index
