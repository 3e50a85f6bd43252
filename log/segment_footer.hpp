#pragma once

#include "base/bytes.hpp"
#include "log/log_position.hpp"
#include "log/sparse_index.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

// The bytes behind the last record of a sealed segment, in memory. docs/format.md describes them.

namespace daybook::log {

inline constexpr std::uint16_t footer_version = 1;
inline constexpr std::size_t footer_trailer_bytes = 128;
inline constexpr std::size_t footer_place_bytes = 16;

/// The last bytes of a sealed segment's file: from the file's end it leads to the rest of the
/// footer. Nothing that opening decides rests on a footer being there.
struct footer_trailer {
  std::uint64_t records_end = 0; ///< offset behind the last record, where the footer begins
  log_position end;              ///< what the last record left; the chain is known
  std::uint32_t place_count = 0;
  std::uint64_t places_checksum = 0;

  std::uint64_t places_bytes() const { return std::uint64_t{place_count} * footer_place_bytes; }

  friend bool operator==(const footer_trailer&, const footer_trailer&) = default;
};

/// Replaces `into` with a footer for a segment with this salt. `end.chain` is known.
void encode_footer(std::uint64_t records_end, const log_position& end, const sparse_index& index,
                   std::uint64_t salt, byte_buffer& into);

/// `bytes` are the last `footer_trailer_bytes` of a file of `file_bytes`. Nothing when they do not
/// verify, are of another version, or the footer would not fill the file from the records' end.
std::optional<footer_trailer> decode_footer_trailer(byte_span bytes, std::uint64_t salt,
                                                    std::uint64_t file_bytes);

/// `bytes` are the footer's places. Nothing when they do not verify.
std::optional<sparse_index> decode_footer_places(byte_span bytes, const footer_trailer& trailer,
                                                 std::uint64_t salt);

} // namespace daybook::log
