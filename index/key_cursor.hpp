#pragma once

#include "base/result.hpp"
#include "index/key_bucket.hpp"
#include "index/key_directory.hpp"
#include "index/rocks/access.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace daybook::index {

/// Goes through the keys of a run in order of their hashes. A bucket that is missing or not
/// in order is damage. One thread; `db` outlives it.
class key_cursor {
public:
  /// Begins with the first key at or after `from`.
  static result<key_cursor> open(const database& db, book_id book, const key_run& run,
                                 const hash128& from);

  /// Whether there is a key; else the run is at its end.
  bool valid() const { return !rest_.empty(); }

  hash128 hash() const { return hash_of_entry(rest_); }

  /// The key's entry (key_bucket.hpp). Valid until the next call.
  std::string_view entry() const { return rest_.substr(0, key_entry_bytes); }

  result<void> next();

private:
  key_cursor(const database& db, book_id book, const key_run& run);

  result<void> find_bucket();
  result<void> skip_to(const hash128& from);

  const database* db_;
  book_id book_;
  key_run run_;
  /// What `buckets_` refers to: they must not move.
  std::unique_ptr<std::pair<std::string, std::string>> bounds_;
  std::unique_ptr<range> buckets_;
  std::uint64_t bucket_ = 0; ///< the one that `rest_` is of
  std::string_view rest_;
};

} // namespace daybook::index
