#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

// The bytes of a segment, in memory. docs/format.md describes every one of them.

namespace daybook::log {

inline constexpr std::uint32_t format_version = 1;

/// A segment begins with one header page, and the records follow it.
inline constexpr std::size_t header_page_bytes = 4096;
inline constexpr std::size_t record_header_bytes = 128;

/// Records begin at multiples of this; zeros fill the gap after a payload.
inline constexpr std::size_t record_alignment = 8;

/// What a disk writes whole or not at all. A larger real sector only makes fewer states possible.
inline constexpr std::size_t sector_bytes = 512;

/// The chain hash covers this much of a record header, and the payload.
inline constexpr std::size_t chained_header_bytes = 88;

static_assert(record_header_bytes % record_alignment == 0);
static_assert(header_page_bytes % sector_bytes == 0);
static_assert(record_header_bytes <= sector_bytes, "a header lies in two sectors at most");

/// The header page. The first four numbers say what must be true before the segment's first record.
struct segment_header {
  event_seq first_seq;   ///< of the segment's first event; also its file name
  log_index first_index; ///< of its first record
  writer_epoch epoch;    ///< of the last record before it; zero when there is none
  chain_hash previous_chain{};
  std::uint64_t salt = 0; ///< random, for this segment alone; seeds every checksum in it
  book_id book;
  timestamp created_at;
  std::string book_name; ///< 1 to 255 bytes

  friend bool operator==(const segment_header&, const segment_header&) = default;
};

enum class record_kind : std::uint16_t {
  events = 1,        ///< a batch of events
  epoch_started = 2, ///< the first record of a writer; no events
};

/// A record's header, without what follows from the bytes themselves (magic, version, checksums).
struct record_header {
  record_kind kind = record_kind::events;
  std::uint64_t payload_bytes = 0;
  std::uint32_t event_count = 0;
  event_seq first_seq; ///< of its events; without events, of the next one
  writer_epoch epoch;
  log_index index;
  timestamp committed_at;
  chain_hash previous_chain{};
  std::uint64_t payload_checksum = 0; ///< set by `encode_record`
  std::uint32_t zero_sectors = 0;     ///< set by `encode_record`; see `count_zero_sectors`

  friend bool operator==(const record_header&, const record_header&) = default;
};

/// What a record of this payload takes in the file. Does not overflow up to
/// `batch_payload_bytes_max`.
constexpr std::uint64_t record_bytes(std::uint64_t payload_bytes) {
  auto padded = (payload_bytes + record_alignment - 1) / record_alignment * record_alignment;
  return record_header_bytes + padded;
}

/// XXH3-64 of `bytes`, seeded with a segment's salt.
std::uint64_t checksum(byte_span bytes, std::uint64_t salt);

bool all_zero(byte_span bytes);

/// How many of the sectors that hold no byte of the header contain only zeros of this record. The
/// header carries this number, so that a sector that was never written can be told from one that
/// was written with zeros. `record` lies at `offset` of its file.
std::uint32_t count_zero_sectors(byte_span record, std::uint64_t offset);

using header_page = std::array<std::byte, header_page_bytes>;

header_page encode_segment_header(const segment_header& x);

/// Nothing when the page does not verify.
/// Errors: `invalid_argument` when it verifies and is of a newer format.
result<std::optional<segment_header>> decode_segment_header(byte_span page);

/// Replaces `into` with the record, padding included, as it will lie at `offset` of the file.
void encode_record(const record_header& header, byte_span payload, std::uint64_t salt,
                   std::uint64_t offset, byte_buffer& into);

/// Nothing when the bytes do not verify as a record header of a segment with this salt, or state
/// what no writer writes (a payload over `batch_payload_bytes_max`, events in a record that has
/// none).
/// Errors: `invalid_argument` when the header verifies and is of a newer format.
result<std::optional<record_header>> decode_record_header(byte_span bytes, std::uint64_t salt);

/// Whether a whole record, padding included, has the payload that its header states.
bool payload_verifies(const record_header& header, byte_span record, std::uint64_t salt);

} // namespace daybook::log
