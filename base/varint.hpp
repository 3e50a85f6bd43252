#pragma once

#include "base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

// Unsigned integers as LEB128: seven bits to a byte, the lowest first. Protobuf's form.

namespace daybook {

inline constexpr std::size_t varint_bytes_max = 10;

inline void append_varint(byte_buffer& to, std::uint64_t x) {
  std::array<std::byte, varint_bytes_max> bytes;
  std::size_t used = 0;
  for (; x >= 0x80; x >>= 7)
    bytes[used++] = static_cast<std::byte>(x | 0x80);
  bytes[used++] = static_cast<std::byte>(x);
  to.insert(to.end(), bytes.begin(), bytes.begin() + used);
}

/// Takes a number off the front of `from`. Nothing, and `from` is as it was, when it is cut off or
/// has more than 64 bits.
inline std::optional<std::uint64_t> take_varint(byte_span& from) {
  std::uint64_t x = 0;
  for (std::size_t used = 0; used < from.size() && used < varint_bytes_max; ++used) {
    auto bits = std::to_integer<std::uint64_t>(from[used]);
    // The tenth byte has room for one bit only.
    if (used == varint_bytes_max - 1 && bits > 1)
      return std::nullopt;
    x |= (bits & 0x7f) << (7 * used);
    if (bits >= 0x80)
      continue;
    from = from.subspan(used + 1);
    return x;
  }
  return std::nullopt;
}

} // namespace daybook
