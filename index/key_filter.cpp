#include "index/key_filter.hpp"

#include "base/check.hpp"

#include <bloom.h>

#include <algorithm>
#include <ranges>
#include <utility>

namespace daybook::index {

namespace {

constexpr double wrong_share = 0.002;
constexpr std::uint64_t bits_per_key = 13; // a little more than that share takes
/// The library's own bounds: fewer it refuses, and it counts bits in an `int`.
constexpr std::uint64_t part_keys_min = 1'000;
constexpr std::uint64_t part_keys_max = 128'000'000;
constexpr std::uint64_t growth = 3;          ///< a part's keys, for each in those before it
constexpr std::uint64_t affordable_part = 4; ///< of what is left for all books, for what may come

std::int64_t bytes_for(std::uint64_t keys) {
  return static_cast<std::int64_t>(keys * bits_per_key / 8);
}

std::uint64_t keys_that_fit(std::int64_t bytes) {
  return bytes > 0 ? static_cast<std::uint64_t>(bytes) * 8 / bits_per_key : 0;
}

/// The library takes bytes, and changes none of them.
int size_of(const hash128& key) { return static_cast<int>(sizeof key); }

} // namespace

void key_filter::closer::operator()(bloom* x) const {
  bloom_free(x);
  delete x;
}

key_filter::key_filter(std::atomic<std::int64_t>& bytes_left) : bytes_left_(bytes_left) {}

key_filter::~key_filter() { clear(); }

void key_filter::clear() {
  parts_.clear();
  bytes_left_ += std::exchange(bytes_, 0);
  keys_ = room_ = 0;
}

bool key_filter::reserve(std::uint64_t keys) {
  if (keys <= room_)
    return true;
  auto enough = std::max(keys, part_keys_min);
  auto affordable = std::min(keys_that_fit(bytes_left_) / affordable_part, part_keys_max);
  auto wanted = std::max(enough, std::min(growth * keys_, affordable));
  if (wanted > part_keys_max || !take(bytes_for(wanted)))
    return false;
  std::unique_ptr<bloom, closer> part{new bloom{}};
  if (bloom_init(part.get(), static_cast<int>(wanted), wrong_share) != 0)
    return false;
  parts_.push_back(std::move(part));
  room_ = wanted;
  return true;
}

/// Given back by `clear`, whatever becomes of it.
bool key_filter::take(std::int64_t bytes) {
  if ((bytes_left_ -= bytes) < 0) {
    bytes_left_ += bytes;
    return false;
  }
  bytes_ += bytes;
  return true;
}

void key_filter::add(const hash128& key) {
  DAYBOOK_CHECK(room_ > 0);
  --room_;
  ++keys_;
  bloom_add(parts_.back().get(), &key, size_of(key));
}

bool key_filter::may_have(const hash128& key) const {
  return std::ranges::any_of(parts_ | std::views::reverse, [&](auto& part) {
    return bloom_check(part.get(), &key, size_of(key)) != 0;
  });
}

} // namespace daybook::index
