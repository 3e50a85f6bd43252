#pragma once

#include "base/hash128.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

struct bloom;

namespace daybook::index {

/// Knows of most keys that were never added that they were not, and of all that were that they may
/// have been: one in 500 of the others seems to be there. Takes 13 bits for each, about four times
/// that at worst, and for a few keys as much as for a thousand. One thread at a time.
class key_filter {
public:
  /// What all filters with the same account may take yet is counted in `bytes_left`, which outlives
  /// this.
  explicit key_filter(std::atomic<std::int64_t>& bytes_left);
  ~key_filter();

  key_filter(const key_filter&) = delete;
  key_filter& operator=(const key_filter&) = delete;

  /// Makes room for so many more. False when they would take too much.
  bool reserve(std::uint64_t keys);

  /// Takes no memory any more, and knows no key.
  void clear();

  /// There is room.
  void add(const hash128& key);

  bool may_have(const hash128& key) const;

private:
  struct closer {
    void operator()(bloom* x) const;
  };

  /// Takes so many from what all filters may take. False, and nothing is taken, when that is more.
  bool take(std::int64_t bytes);

  /// Filters of a fixed size, each for three times as many keys as all before it: who looks for a
  /// key waits for memory in each.
  std::vector<std::unique_ptr<bloom, closer>> parts_;
  std::atomic<std::int64_t>& bytes_left_;
  std::int64_t bytes_ = 0;
  std::uint64_t keys_ = 0;
  std::uint64_t room_ = 0; ///< in the last part
};

} // namespace daybook::index
