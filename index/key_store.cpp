#include "index/key_store.hpp"

#include "base/check.hpp"
#include "index/key_book.hpp"
#include "index/key_bucket.hpp"
#include "index/key_run_writer.hpp"
#include "index/layout.hpp"
#include "index/rocks/access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>
#include <vector>

namespace daybook::index {

namespace {

/// When tidying cannot keep up, adding waits for it: some levels, each nearly full, have fewer.
constexpr std::size_t runs_max = 64;
/// Added to a filter at a time, while those who look for keys wait.
constexpr std::size_t filter_slice_keys = 256;

/// RocksDB takes keys in order for less, and buckets are sorted.
std::vector<const key_use*> in_order(std::span<const key_use> keys) {
  std::vector<const key_use*> ordered;
  ordered.reserve(keys.size());
  for (auto& x : keys)
    ordered.push_back(&x);
  std::ranges::sort(ordered, [](auto* x, auto* y) { return is_before(x->key, y->key); });
  return ordered;
}

/// Epochs grow along a log, and in each there is one record at most that ends with a seq.
bool may_be_of_one_log(const mark& x, const mark& y) {
  if (x.seq == y.seq)
    return x.epoch != y.epoch || x.chain == y.chain;
  return x.seq < y.seq ? x.epoch <= y.epoch : x.epoch >= y.epoch;
}

} // namespace

key_store::key_store(const database& db, std::size_t filter_bytes_max, index_step_callback on_step)
    : db_(db),
      filter_bytes_left_(static_cast<std::int64_t>(filter_bytes_max)),
      on_step_(std::move(on_step)) {}

key_store::~key_store() = default;

// -- what is known of a book ----------------------------------------------------------------------

key_store::shared_keys key_store::known(book_id book) const {
  std::lock_guard guard{mutex_};
  auto found = books_.find(book);
  return found == books_.end() ? nullptr : found->second;
}

result<key_store::shared_keys> key_store::load(book_id book) {
  if (auto keys = known(book))
    return keys;
  std::lock_guard loading{loading_};
  if (auto keys = known(book))
    return keys;
  auto bytes = read(db_, family::key_runs, layout::of_book(book));
  if (!bytes)
    return fail(std::move(bytes.error()));
  key_directory directory;
  if (*bytes) {
    auto decoded = layout::decode_key_directory(**bytes);
    if (!decoded)
      return db_.damaged("a directory of keys is not of the form of directories");
    directory = std::move(*decoded);
  }
  auto keys = std::make_shared<key_book>(std::move(directory), filter_bytes_left_);
  std::lock_guard guard{mutex_};
  return books_[book] = std::move(keys);
}

/// Whether what was found there still is the truth.
bool key_store::is_current(book_id book, const shared_keys& keys,
                           const shared_directory& directory) const {
  return known(book) == keys && keys->now() == directory;
}

result<mark> key_store::mark_of(book_id book) {
  return load(book).map([](const shared_keys& keys) { return keys->now()->up_to; });
}

// -- looking for a key ----------------------------------------------------------------------------

/// Runs are replaced and removed while somebody looks into them: what is not found counts only if
/// the directory is still the same afterwards.
result<key_answer> key_store::find(book_id book, const hash128& key, effort allowed) {
  for (;;) {
    auto keys = known(book);
    if (!keys && allowed == effort::memory)
      return key_answer{finding::unknown, {}};
    if (!keys) {
      auto loaded = load(book);
      if (!loaded)
        return fail(std::move(loaded.error()));
      keys = std::move(*loaded);
    }
    shared_directory directory;
    {
      std::lock_guard guard{keys->mutex};
      if (keys->filter_has_all && !keys->filter.may_have(key))
        return key_answer{finding::absent, {}};
      directory = keys->directory;
    }
    key_record record;
    auto found = look(*directory, book, key, allowed, record);
    if (found && *found == place::present)
      return key_answer{finding::present, record};
    if (found && *found == place::unknown)
      return key_answer{finding::unknown, {}};
    if (!is_current(book, keys, directory))
      continue;
    if (!found)
      return fail(std::move(found.error()));
    if (*found == place::missing)
      return db_.damaged("a bucket of keys is missing");
    return key_answer{finding::absent, {}};
  }
}

/// What is asked for again is mostly young.
result<key_store::place> key_store::look(const key_directory& at, book_id book, const hash128& key,
                                         effort allowed, key_record& to) const {
  for (auto& run : at.runs | std::views::reverse) {
    auto found = look_in_run(run, book, key, allowed, to);
    if (!found || *found != place::absent)
      return found;
  }
  return place::absent;
}

result<key_store::place> key_store::look_in_run(const key_run& run, book_id book,
                                                const hash128& key, effort allowed,
                                                key_record& to) const {
  pinned bucket;
  auto at = layout::bucket_key(book, run.number, bucket_of(key, run.bits));
  if (auto read = index::read(db_, family::keys, at, allowed, bucket); !read)
    return fail(std::move(read.error()));
  if (bucket.what != finding::present)
    return bucket.what == finding::unknown ? place::unknown : place::missing;
  auto bytes = bucket.value.ToStringView();
  if (!is_bucket(bytes))
    return db_.damaged("a bucket of keys is not of the form of buckets");
  auto found = find_in_bucket(bytes, key);
  if (!found)
    return place::absent;
  to = *found;
  return place::present;
}

// -- adding ---------------------------------------------------------------------------------------

result<void> key_store::add(book_id book, std::span<const key_use> keys, event_seq after,
                            const mark& up_to) {
  std::lock_guard guard{writing_};
  auto loaded = load(book);
  if (!loaded)
    return fail(std::move(loaded.error()));
  auto& known = **loaded;
  auto next = *known.now();
  if (!may_be_of_one_log(up_to, next.up_to))
    return fail(ec::invalid_argument, "the keys in the index are of another log",
                {{"field", "up_to"}});
  if (up_to.seq <= next.up_to.seq)
    return {};
  if (after > next.up_to.seq)
    return fail(ec::invalid_argument,
                fmt::format("keys of the events after {} do not follow those in the index, which "
                            "end at {}",
                            after.value(), next.up_to.seq.value()),
                {{"field", "after"}});
  next.up_to = up_to;
  unit change{db_, family::keys, keys.size() * (key_entry_bytes + 1)};
  if (!keys.empty()) {
    auto bits = static_cast<std::uint8_t>(bucket_bits_of(keys.size()));
    next.runs.push_back({known.last_number + 1, keys.size(), 0, bits});
    key_run_writer to{book, next.runs.back(), 0, change};
    for (auto* x : in_order(keys)) {
      DAYBOOK_CHECK(x->seq > after && x->seq <= up_to.seq);
      to.add(*x);
    }
    to.finish_before(std::uint64_t{1} << bits);
    ++known.last_number;
  }
  if (auto written = write(book, next, change); !written)
    return written;
  // Before anybody is shown the run: a filter that has all has it, too.
  add_to_filter(known, keys, keys.size() + known.to_fill_keys);
  known.show(std::move(next));
  for (auto more = true; more && known.now()->runs.size() > runs_max;) {
    auto tidied = tidy(book, known);
    if (!tidied)
      return fail(std::move(tidied.error()));
    more = *tidied;
  }
  return {};
}

/// Makes room for so many, of which some come now. A filter for which there is none is given up,
/// until the book is known anew.
void key_store::add_to_filter(key_book& keys, std::span<const key_use> some, std::uint64_t all) {
  if (keys.filter_is_full)
    return;
  {
    std::lock_guard guard{keys.mutex};
    keys.filter_is_full = !keys.filter.reserve(std::max<std::uint64_t>(all, some.size()));
    if (keys.filter_is_full) {
      keys.filter_has_all = false;
      keys.filter.clear();
      return;
    }
  }
  while (!some.empty()) {
    auto slice = some.first(std::min(some.size(), filter_slice_keys));
    some = some.subspan(slice.size());
    std::lock_guard guard{keys.mutex};
    for (auto& x : slice)
      keys.filter.add(x.key);
  }
}

/// Writes what the change holds together with a directory that says so. What a failed write wrote
/// is not there.
result<void> key_store::write(book_id book, const key_directory& next, unit& change) {
  change.put(family::key_runs, layout::of_book(book), layout::encode(next));
  return change.write();
}

/// The book is unknown before its runs go: who misses a bucket meanwhile waits for what is there
/// afterwards.
result<bool> key_store::forget(book_id book, const mark& seen) {
  std::lock_guard guard{writing_};
  auto loaded = load(book);
  if (!loaded)
    return fail(std::move(loaded.error()));
  if ((*loaded)->now()->up_to != seen)
    return false;
  std::lock_guard loading{loading_};
  {
    std::lock_guard map_guard{mutex_};
    books_.erase(book);
  }
  unit change{db_, family::keys};
  change.remove_all(layout::of_book(book));
  change.remove(family::key_runs, layout::of_book(book));
  return change.write().map([] { return true; });
}

} // namespace daybook::index
