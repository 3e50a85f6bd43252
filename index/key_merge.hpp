#pragma once

#include "index/key_directory.hpp"
#include "index/rocks/access.hpp"

#include <cstdint>
#include <vector>

namespace daybook::index {

/// Makes one run of several, a part at a time. Until it is in the directory nobody sees it.
class key_merge {
public:
  /// The new run gets this number and the level above theirs.
  key_merge(book_id book, std::vector<key_run> from, std::uint64_t number);

  /// Writes the next buckets, of about `keys_max` keys, as one unit.
  result<void> step(const database& db, std::uint64_t keys_max);

  bool is_done() const { return next_bucket_ == std::uint64_t{1} << to_.bits; }
  const std::vector<key_run>& from() const { return from_; }
  const key_run& made() const { return to_; }

private:
  book_id book_;
  std::vector<key_run> from_;
  key_run to_;
  std::uint64_t next_bucket_ = 0;
  std::uint64_t written_ = 0; ///< keys
};

} // namespace daybook::index
