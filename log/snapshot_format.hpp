#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The bytes and the names of snapshot files. docs/format.md describes every one of them.

namespace daybook::log {

inline constexpr std::uint32_t snapshot_format_version = 1;

inline constexpr std::size_t snapshot_header_bytes = 64;
inline constexpr std::size_t snapshot_frame_bytes = 32;

/// The largest message of a snapshot. A reader holds one at a time.
inline constexpr std::size_t snapshot_message_bytes_max = 64 * 1024 * 1024;

/// The file's first bytes.
struct snapshot_header {
  event_seq last_seq; ///< the last event that the snapshot holds the effect of; also its file name
  book_id book;
  std::uint64_t salt = 0; ///< random, for this file alone; seeds every checksum in it

  friend bool operator==(const snapshot_header&, const snapshot_header&) = default;
};

enum class frame_kind : std::uint32_t {
  message = 1,
  end = 2, ///< the last one: nothing follows it
};

/// What stands before a message.
struct snapshot_frame {
  frame_kind kind = frame_kind::message;
  std::uint32_t message_bytes = 0; ///< zero at the end
  /// Of the message, from 1; at the end, how many there are.
  std::uint64_t number = 0;
  std::uint64_t message_checksum = 0;

  friend bool operator==(const snapshot_frame&, const snapshot_frame&) = default;
};

std::array<std::byte, snapshot_header_bytes> encode_snapshot_header(const snapshot_header& x);

/// What the first bytes of a file say.
struct read_snapshot_header {
  std::uint32_t version = 0; ///< one that is not known here when it is not ours
  snapshot_header content;   ///< of our version
};

/// Nothing when the bytes do not verify.
std::optional<read_snapshot_header> decode_snapshot_header(byte_span bytes);

std::array<std::byte, snapshot_frame_bytes> encode_snapshot_frame(const snapshot_frame& x,
                                                                  std::uint64_t salt);

/// Nothing when the bytes do not verify, or state what no writer writes.
std::optional<snapshot_frame> decode_snapshot_frame(byte_span bytes, std::uint64_t salt);

/// `snapshot-<last seq, 20 digits>.snap`: sorted by name is sorted by seq.
std::string snapshot_name(event_seq last);

/// `.snapshot-<last seq>.tmp`: a snapshot that is being written, or whose writing was interrupted.
std::string unfinished_snapshot_name(event_seq last);

/// The seq of a snapshot's name, or nothing for any other name.
std::optional<event_seq> parse_snapshot_name(std::string_view name);

bool is_unfinished_snapshot_name(std::string_view name);

} // namespace daybook::log
