#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace daybook {

using byte_span = std::span<const std::byte>;
using byte_buffer = std::vector<std::byte>;

static_assert(std::endian::native == std::endian::little,
              "integers on disk are little-endian and are copied as they are");

/// Reads a little-endian integer. `from` must hold it.
template <std::integral T>
T load_le(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

/// Writes a little-endian integer. `to` must have room.
template <std::integral T>
void store_le(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

/// Reads a big-endian integer. `from` must hold it.
template <std::unsigned_integral T>
T load_be(const char* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = value << 8 | static_cast<unsigned char>(from[i]);
  return static_cast<T>(value);
}

/// Appends a big-endian integer: as bytes they are in the order of the numbers.
template <std::unsigned_integral T>
void append_be(std::string& to, T value) {
  char bytes[sizeof value];
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes[i] = static_cast<char>(value >> 8 * (sizeof value - 1 - i));
  to.append(bytes, sizeof bytes);
}

template <std::integral T>
void append_le(std::string& to, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  to.append(bytes, sizeof bytes);
}

inline byte_span as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(byte_span bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace daybook
