#include "index/key_bucket.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <bit>

namespace daybook::index {

namespace {

constexpr std::uint64_t bucket_keys_max = 128;
constexpr std::size_t hash_bytes = 16;

std::uint64_t load_number(const char* from) {
  return load_le<std::uint64_t>(reinterpret_cast<const std::byte*>(from));
}

} // namespace

unsigned bucket_bits_of(std::uint64_t keys) {
  auto bits = static_cast<unsigned>(std::bit_width(keys / bucket_keys_max));
  return std::min<unsigned>(bits, bucket_bits_max);
}

std::uint32_t bucket_of(const hash128& key, unsigned bits) {
  return bits == 0 ? 0 : static_cast<std::uint32_t>(key.high >> (64 - bits));
}

hash128 first_hash_of(std::uint32_t bucket, unsigned bits) {
  return {.low = 0, .high = bits == 0 ? 0 : std::uint64_t{bucket} << (64 - bits)};
}

void append_entry(std::string& bucket, const key_use& x) {
  append_be(bucket, x.key.high);
  append_be(bucket, x.key.low);
  append_le(bucket, x.seq.value());
  append_le(bucket, x.fingerprint.low);
  append_le(bucket, x.fingerprint.high);
}

bool is_bucket(std::string_view bytes) { return bytes.size() % key_entry_bytes == 0; }

bool is_in_order(std::string_view bucket, std::uint32_t number, unsigned bits) {
  for (auto last = first_hash_of(number, bits); !bucket.empty();
       bucket.remove_prefix(key_entry_bytes)) {
    auto hash = hash_of_entry(bucket);
    if (is_before(hash, last) || bucket_of(hash, bits) != number)
      return false;
    last = hash;
  }
  return true;
}

hash128 hash_of_entry(std::string_view entries) {
  return {.low = load_be<std::uint64_t>(entries.data() + 8),
          .high = load_be<std::uint64_t>(entries.data())};
}

key_use decode_entry(std::string_view entries) {
  auto* record = entries.data() + hash_bytes;
  return {hash_of_entry(entries),
          event_seq{load_number(record)},
          {.low = load_number(record + 8), .high = load_number(record + 16)}};
}

std::optional<key_record> find_in_bucket(std::string_view bucket, const hash128& key) {
  std::size_t begin = 0;
  auto end = bucket.size() / key_entry_bytes;
  while (begin < end) {
    auto middle = begin + (end - begin) / 2;
    auto entry = bucket.substr(middle * key_entry_bytes);
    auto hash = hash_of_entry(entry);
    if (hash == key) {
      auto found = decode_entry(entry);
      return key_record{found.seq, found.fingerprint};
    }
    if (is_before(hash, key))
      begin = middle + 1;
    else
      end = middle;
  }
  return std::nullopt;
}

} // namespace daybook::index
