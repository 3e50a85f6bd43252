// The part of the key store that keeps keys cheap to look for.

#include "index/key_book.hpp"
#include "index/key_bucket.hpp"
#include "index/key_cursor.hpp"
#include "index/key_store.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace daybook::index {

namespace {

/// So many runs of one level become one of the next: an old key is looked for in some of each
/// level, and written again for every level.
constexpr std::size_t runs_per_level = 8;
/// Read or written by one step of tidying: some hundredths of a second.
constexpr std::uint64_t step_keys = 65'536;

/// The oldest runs of a level that has enough of them.
std::optional<std::vector<key_run>> to_merge(const key_directory& x) {
  std::map<std::uint8_t, std::vector<key_run>> by_level;
  for (auto& run : x.runs)
    if (auto& some = by_level[run.level]; some.push_back(run), some.size() == runs_per_level)
      return some;
  return std::nullopt;
}

} // namespace

// -- tidying --------------------------------------------------------------------------------------

result<bool> key_store::tidy(book_id book) {
  std::lock_guard guard{writing_};
  auto loaded = load(book);
  if (!loaded)
    return fail(std::move(loaded.error()));
  return tidy(book, **loaded);
}

/// One step. The filter first: without it every new key is looked for in all runs.
result<bool> key_store::tidy(book_id book, key_book& keys) {
  auto done = !keys.is_swept         ? sweep(book, keys)
              : keys.wants_filling() ? fill(book, keys)
                                     : merge(book, keys);
  if (!done)
    return fail(std::move(done.error()));
  return keys.wants_filling() || keys.merging || to_merge(*keys.now());
}

/// Removes runs that are in no directory: an earlier process was interrupted while it made one, or
/// before it removed those that it had made one of.
result<void> key_store::sweep(book_id book, key_book& keys) {
  unit change{db_, family::keys};
  auto begin = layout::of_book(book);
  auto end = layout::end_of(begin);
  range all{db_, family::keys, begin, end};
  auto directory = keys.now();
  for (all.seek(begin); all.valid();) {
    auto number = layout::run_of_bucket_key(all.key());
    if (!number)
      return db_.damaged("a key of the keys is not of the form of theirs");
    if (std::ranges::find(directory->runs, *number, &key_run::number) == directory->runs.end())
      change.remove_all(layout::run_prefix(book, *number));
    all.seek(layout::run_prefix(book, *number + 1));
  }
  if (auto read = all.status(); !read)
    return read;
  if (auto removed = change.write(); !removed)
    return removed;
  keys.is_swept = true;
  return {};
}

result<void> key_store::fill(book_id book, key_book& keys) {
  auto& run = keys.to_fill.front();
  auto cursor = key_cursor::open(
      db_, book, run, first_hash_of(static_cast<std::uint32_t>(keys.fill_from), run.bits));
  if (!cursor)
    return fail(std::move(cursor.error()));
  std::vector<key_use> some;
  // Whole buckets, so that no key is added twice. Nothing counts as done before it is in the
  // filter.
  auto bucket = keys.fill_from;
  for (auto last = bucket; cursor->valid(); last = bucket) {
    bucket = bucket_of(cursor->hash(), run.bits);
    if (some.size() >= step_keys && bucket != last)
      break;
    some.push_back(decode_entry(cursor->entry()));
    if (auto gone_on = cursor->next(); !gone_on)
      return gone_on;
  }
  // Room for all that are to come, at once: a filter in few parts is quick to ask.
  add_to_filter(keys, some, keys.to_fill_keys);
  keys.to_fill_keys -= std::min<std::uint64_t>(keys.to_fill_keys, some.size());
  keys.fill_from = bucket;
  if (!cursor->valid()) {
    keys.to_fill.erase(keys.to_fill.begin());
    keys.fill_from = 0;
  }
  if (keys.to_fill.empty() && !keys.filter_is_full) {
    std::lock_guard guard{keys.mutex};
    keys.filter_has_all = true;
  }
  return {};
}

result<void> key_store::merge(book_id book, key_book& keys) {
  if (!keys.merging) {
    auto runs = to_merge(*keys.now());
    if (!runs)
      return {};
    keys.merging.emplace(book, std::move(*runs), ++keys.last_number);
  }
  if (auto stepped = keys.merging->step(db_, step_keys); !stepped) {
    keys.merging.reset();
    keys.is_swept = false;
    return stepped;
  }
  return keys.merging->is_done() ? name_merged(book, keys) : result<void>{};
}

/// The runs that were merged go when the directory does not name them any more. Power lost in
/// between: they are swept.
result<void> key_store::name_merged(book_id book, key_book& keys) {
  reached(index_step::merge_made);
  auto merged = *std::exchange(keys.merging, std::nullopt);
  auto next = *keys.now();
  std::erase_if(next.runs, [&](auto& run) {
    return std::ranges::find(merged.from(), run) != merged.from().end();
  });
  auto behind = std::ranges::upper_bound(next.runs, merged.made().number, {}, &key_run::number);
  next.runs.insert(behind, merged.made());
  unit named{db_, family::keys};
  if (auto written = write(book, next, named); !written) {
    keys.is_swept = false;
    return written;
  }
  keys.show(std::move(next));
  reached(index_step::merge_named);
  unit removed{db_, family::keys};
  for (auto& run : merged.from())
    removed.remove_all(layout::run_prefix(book, run.number));
  auto gone = removed.write();
  keys.is_swept = gone.has_value();
  if (gone)
    reached(index_step::merge_removed);
  return gone;
}

} // namespace daybook::index
