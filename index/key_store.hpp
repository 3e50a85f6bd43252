#pragma once

#include "index/index_step.hpp"
#include "index/key_directory.hpp"
#include "index/rocks/database.hpp"

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>

namespace daybook::index {

class unit;
struct key_book;

/// The idempotency keys of all books, in runs of buckets (key_directory.hpp), and a filter in
/// memory in front of each book's. Runs of one level become one of the next when there are several,
/// so that a key is written a few times in its life and there are never many places to look at.
///
/// Any thread; those that change something wait for each other.
class key_store {
public:
  /// Filters of all books take no more than this; keys that have no room in one are looked for in
  /// the database.
  key_store(const database& db, std::size_t filter_bytes_max, index_step_callback on_step = {});
  ~key_store();

  // As the methods of `side_index` (keys_mark, add_keys, find_key, forget_keys, tidy_keys).

  result<mark> mark_of(book_id book);
  result<void> add(book_id book, std::span<const key_use> keys, event_seq after, const mark& up_to);
  result<key_answer> find(book_id book, const hash128& key, effort allowed);
  result<bool> forget(book_id book, const mark& seen);
  result<bool> tidy(book_id book);

private:
  using shared_keys = std::shared_ptr<key_book>;
  using shared_directory = std::shared_ptr<const key_directory>;
  enum class place : std::uint8_t { absent, present, unknown, missing };

  shared_keys known(book_id book) const;
  result<shared_keys> load(book_id book);
  bool is_current(book_id book, const shared_keys& keys, const shared_directory& directory) const;

  result<place> look(const key_directory& at, book_id book, const hash128& key, effort allowed,
                     key_record& to) const;
  result<place> look_in_run(const key_run& run, book_id book, const hash128& key, effort allowed,
                            key_record& to) const;

  static void add_to_filter(key_book& keys, std::span<const key_use> some, std::uint64_t all);
  result<void> write(book_id book, const key_directory& next, unit& change);
  result<bool> tidy(book_id book, key_book& keys);
  result<void> sweep(book_id book, key_book& keys);
  result<void> fill(book_id book, key_book& keys);
  result<void> merge(book_id book, key_book& keys);
  result<void> name_merged(book_id book, key_book& keys);

  void reached(index_step x) const {
    if (on_step_)
      on_step_(x);
  }

  const database& db_;
  std::atomic<std::int64_t> filter_bytes_left_;
  index_step_callback on_step_;

  /// Held while something is changed, and the disk is written.
  std::mutex writing_;
  /// Held while a directory is read and noted, or removed and forgotten.
  std::mutex loading_;
  /// For the map alone.
  mutable std::mutex mutex_;
  absl::flat_hash_map<book_id, shared_keys> books_;
};

} // namespace daybook::index
