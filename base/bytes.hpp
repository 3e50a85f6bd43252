#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
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

inline byte_span as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

inline std::string_view as_text(byte_span bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace daybook
