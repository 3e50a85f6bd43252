#include "index/key_merge.hpp"

#include "index/key_cursor.hpp"
#include "index/key_run_writer.hpp"

#include <algorithm>
#include <utility>

namespace daybook::index {

namespace {

using cursors = std::vector<key_cursor>;

result<cursors> open_all(const database& db, book_id book, const std::vector<key_run>& runs,
                         const hash128& from) {
  cursors all;
  for (auto& run : runs) {
    auto opened = key_cursor::open(db, book, run, from);
    if (!opened)
      return fail(std::move(opened.error()));
    all.push_back(std::move(*opened));
  }
  return all;
}

/// The one whose key comes first; null when all are at their ends.
key_cursor* first_of(cursors& all) {
  key_cursor* first = nullptr;
  for (auto& x : all)
    if (x.valid() && (!first || is_before(x.hash(), first->hash())))
      first = &x;
  return first;
}

} // namespace

key_merge::key_merge(book_id book, std::vector<key_run> from, std::uint64_t number)
    : book_(book), from_(std::move(from)) {
  to_.number = number;
  for (auto& run : from_) {
    to_.keys += run.keys;
    to_.level = std::max<std::uint8_t>(to_.level, run.level + 1);
  }
  to_.bits = static_cast<std::uint8_t>(bucket_bits_of(to_.keys));
}

result<void> key_merge::step(const database& db, std::uint64_t keys_max) {
  auto begin = first_hash_of(static_cast<std::uint32_t>(next_bucket_), to_.bits);
  auto opened = open_all(db, book_, from_, begin);
  if (!opened)
    return fail(std::move(opened.error()));
  unit change{db, family::keys, keys_max * key_entry_bytes};
  key_run_writer out{book_, to_, next_bucket_, change};
  std::uint64_t added = 0;
  auto* next = first_of(*opened);
  for (; next; next = first_of(*opened)) {
    auto key = next->hash();
    if (added >= keys_max && bucket_of(key, to_.bits) > out.bucket())
      break;
    out.add(key, next->entry());
    ++added;
    if (auto gone_on = next->next(); !gone_on)
      return gone_on;
  }
  out.finish_before(next ? out.bucket() + 1 : std::uint64_t{1} << to_.bits);
  if (!next && written_ + added != to_.keys)
    return db.damaged("runs of keys do not have as many as their directory says");
  if (auto written = change.write(); !written)
    return written;
  next_bucket_ = out.bucket();
  written_ += added;
  return {};
}

} // namespace daybook::index
