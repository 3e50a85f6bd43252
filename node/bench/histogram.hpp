#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace daybook::node::bench {

/// Counts durations in nanoseconds in buckets whose width is at most 1/64 of their value, so that a
/// percentile is off by at most 1.6 %, whatever the range. One thread at a time.
class histogram {
public:
  void add(std::uint64_t ns) {
    ++buckets_[index_of(ns)];
    ++count_;
    sum_ += ns;
    max_ = std::max(max_, ns);
  }

  void merge(const histogram& other) {
    for (std::size_t i = 0; i < buckets_.size(); ++i)
      buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
  }

  std::uint64_t count() const { return count_; }
  double max_us() const { return static_cast<double>(max_) / 1e3; }
  double mean_us() const { return count_ ? static_cast<double>(sum_) / count_ / 1e3 : 0; }

  /// The duration that `share` (0 to 1) of all stay at or under, in microseconds; zero when empty.
  double percentile_us(double share) const {
    auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen >= wanted && seen > 0)
        return static_cast<double>(std::min(upper_bound_of(i), max_)) / 1e3;
    }
    return 0;
  }

private:
  static constexpr std::size_t sub_bits = 6;
  static constexpr std::size_t sub_count = std::size_t{1} << sub_bits;

  /// Values under 64 have a bucket each; above, each power of two is cut in 64.
  static constexpr std::size_t index_of(std::uint64_t value) {
    if (value < sub_count)
      return value;
    auto shift = static_cast<std::size_t>(std::bit_width(value)) - sub_bits - 1;
    return (shift + 1) * sub_count + ((value >> shift) - sub_count);
  }

  static constexpr std::uint64_t upper_bound_of(std::size_t index) {
    if (index < sub_count)
      return index;
    auto shift = index / sub_count - 1;
    return ((index % sub_count + sub_count + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (64 - sub_bits + 1) * sub_count> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

} // namespace daybook::node::bench
