#pragma once

#include "base/hash128.hpp"
#include "index/key_directory.hpp"
#include "index/records.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The keys of a run lie in buckets, by the first bits of their hashes; in a bucket they are sorted.
// A bucket is one value of RocksDB: it moves some hundred keys at the price of one.

namespace daybook::index {

/// Of one key: its hash, big-endian so that bytes compare like numbers, and its record.
inline constexpr std::size_t key_entry_bytes = 40;

/// By how many bits a run of so many keys is split: a bucket has 64 to 128 on average.
unsigned bucket_bits_of(std::uint64_t keys);

std::uint32_t bucket_of(const hash128& key, unsigned bits);

/// The lowest hash that belongs into a bucket.
hash128 first_hash_of(std::uint32_t bucket, unsigned bits);

inline bool is_before(const hash128& x, const hash128& y) {
  return x.high != y.high ? x.high < y.high : x.low < y.low;
}

void append_entry(std::string& bucket, const key_use& x);

/// Whether these bytes can be a bucket. For the functions below they must.
bool is_bucket(std::string_view bytes);

/// Whether all entries belong into this bucket, in order.
bool is_in_order(std::string_view bucket, std::uint32_t number, unsigned bits);

/// The entry that `entries` begins with.
hash128 hash_of_entry(std::string_view entries);
key_use decode_entry(std::string_view entries);

std::optional<key_record> find_in_bucket(std::string_view bucket, const hash128& key);

} // namespace daybook::index
