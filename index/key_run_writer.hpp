#pragma once

#include "index/key_bucket.hpp"
#include "index/key_directory.hpp"
#include "index/rocks/access.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::index {

/// Puts keys, in order of their hashes, into the buckets of a run, and those into a unit. Every
/// bucket is written, one without keys too: so one that is missing is noticed.
class key_run_writer {
public:
  /// Begins with `bucket`. The others outlive this.
  key_run_writer(book_id book, const key_run& run, std::uint64_t bucket, unit& to)
      : book_(book), run_(run), bucket_(bucket), to_(to) {}

  void add(const key_use& x);

  /// An entry of another run.
  void add(const hash128& key, std::string_view entry);

  /// Writes all buckets before this one.
  void finish_before(std::uint64_t bucket);

  /// The first that is not written yet.
  std::uint64_t bucket() const { return bucket_; }

private:
  void go_to_bucket_of(const hash128& key);

  book_id book_;
  const key_run& run_;
  std::uint64_t bucket_;
  unit& to_;
  std::string bytes_; ///< of that bucket
};

} // namespace daybook::index
