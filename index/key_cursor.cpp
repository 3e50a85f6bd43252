#include "index/key_cursor.hpp"

#include "index/layout.hpp"

#include <utility>

namespace daybook::index {

key_cursor::key_cursor(const database& db, book_id book, const key_run& run)
    : db_(&db),
      book_(book),
      run_(run),
      bounds_(std::make_unique<std::pair<std::string, std::string>>(
          layout::run_prefix(book, run.number), layout::run_prefix(book, run.number + 1))),
      buckets_(std::make_unique<range>(db, family::keys, bounds_->first, bounds_->second)) {}

result<key_cursor> key_cursor::open(const database& db, book_id book, const key_run& run,
                                    const hash128& from) {
  key_cursor x{db, book, run};
  x.bucket_ = bucket_of(from, run.bits);
  x.buckets_->seek(layout::bucket_key(book, run.number, static_cast<std::uint32_t>(x.bucket_)));
  if (auto found = x.find_bucket(); !found)
    return fail(std::move(found.error()));
  if (auto skipped = x.skip_to(from); !skipped)
    return fail(std::move(skipped.error()));
  return x;
}

result<void> key_cursor::next() {
  rest_.remove_prefix(key_entry_bytes);
  if (!rest_.empty())
    return {};
  ++bucket_;
  buckets_->next();
  return find_bucket();
}

/// The first bucket from `bucket_` on that has keys; all must be there.
result<void> key_cursor::find_bucket() {
  for (; bucket_ < std::uint64_t{1} << run_.bits; ++bucket_, buckets_->next()) {
    if (!buckets_->valid()) {
      if (auto read = buckets_->status(); !read)
        return read;
      return db_->damaged("a bucket of keys is missing");
    }
    if (buckets_->key() !=
        layout::bucket_key(book_, run_.number, static_cast<std::uint32_t>(bucket_)))
      return db_->damaged("a bucket of keys is missing");
    rest_ = as_text(buckets_->value());
    if (!is_bucket(rest_))
      return db_->damaged("a bucket of keys is not of the form of buckets");
    if (!is_in_order(rest_, static_cast<std::uint32_t>(bucket_), run_.bits))
      return db_->damaged("a bucket of keys is not in order");
    if (!rest_.empty())
      return {};
  }
  rest_ = {};
  return {};
}

result<void> key_cursor::skip_to(const hash128& from) {
  while (valid() && is_before(hash(), from))
    if (auto gone_on = next(); !gone_on)
      return gone_on;
  return {};
}

} // namespace daybook::index
