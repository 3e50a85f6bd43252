#include "log/snapshot_format.hpp"

#include "base/check.hpp"
#include "log/format.hpp"
#include "log/numbered_name.hpp"

namespace daybook::log {

namespace {

constexpr std::string_view magic{"DBSNAP\0\0", 8};

// Offsets in the file's header.
namespace header_at {
constexpr std::size_t magic = 0;
constexpr std::size_t version = 8;
constexpr std::size_t reserved_1 = 12;
constexpr std::size_t salt = 16;
constexpr std::size_t book = 24;
constexpr std::size_t last_seq = 32;
constexpr std::size_t reserved_2 = 40;
constexpr std::size_t checksum = snapshot_header_bytes - 8;
} // namespace header_at

// Offsets in a frame.
namespace frame_at {
constexpr std::size_t kind = 0;
constexpr std::size_t message_bytes = 4;
constexpr std::size_t number = 8;
constexpr std::size_t message_checksum = 16;
constexpr std::size_t checksum = snapshot_frame_bytes - 8;
} // namespace frame_at

constexpr std::string_view prefix = "snapshot-";
constexpr std::string_view suffix = ".snap";
constexpr std::string_view unfinished_prefix = ".snapshot-";
constexpr std::string_view unfinished_suffix = ".tmp";

std::uint32_t raw(frame_kind x) { return static_cast<std::uint32_t>(x); }

bool is_plausible(const snapshot_frame& x) {
  if (x.kind == frame_kind::end)
    return x.message_bytes == 0;
  return x.kind == frame_kind::message && x.message_bytes <= snapshot_message_bytes_max;
}

} // namespace

std::array<std::byte, snapshot_header_bytes> encode_snapshot_header(const snapshot_header& x) {
  std::array<std::byte, snapshot_header_bytes> bytes{};
  auto* to = bytes.data();
  std::memcpy(to + header_at::magic, magic.data(), magic.size());
  store_le(to + header_at::version, snapshot_format_version);
  store_le(to + header_at::salt, x.salt);
  store_le(to + header_at::book, x.book.value());
  store_le(to + header_at::last_seq, x.last_seq.value());
  store_le(to + header_at::checksum, checksum(byte_span{bytes}.first(header_at::checksum), x.salt));
  return bytes;
}

std::optional<read_snapshot_header> decode_snapshot_header(byte_span bytes) {
  if (bytes.size() != snapshot_header_bytes ||
      as_text(bytes.subspan(header_at::magic, magic.size())) != magic)
    return std::nullopt;
  auto* from = bytes.data();
  read_snapshot_header x;
  x.content.salt = load_le<std::uint64_t>(from + header_at::salt);
  if (load_le<std::uint64_t>(from + header_at::checksum) !=
      checksum(bytes.first(header_at::checksum), x.content.salt))
    return std::nullopt;
  x.version = load_le<std::uint32_t>(from + header_at::version);
  if (x.version > snapshot_format_version)
    return x;
  auto reserved = bytes.subspan(header_at::reserved_2, header_at::checksum - header_at::reserved_2);
  if (x.version == 0 || load_le<std::uint32_t>(from + header_at::reserved_1) != 0 ||
      !all_zero(reserved))
    return std::nullopt;
  x.content.book = book_id{load_le<std::uint64_t>(from + header_at::book)};
  x.content.last_seq = event_seq{load_le<std::uint64_t>(from + header_at::last_seq)};
  return x;
}

std::array<std::byte, snapshot_frame_bytes> encode_snapshot_frame(const snapshot_frame& x,
                                                                  std::uint64_t salt) {
  DAYBOOK_CHECK(is_plausible(x));
  std::array<std::byte, snapshot_frame_bytes> bytes{};
  auto* to = bytes.data();
  store_le(to + frame_at::kind, raw(x.kind));
  store_le(to + frame_at::message_bytes, x.message_bytes);
  store_le(to + frame_at::number, x.number);
  store_le(to + frame_at::message_checksum, x.message_checksum);
  store_le(to + frame_at::checksum, checksum(byte_span{bytes}.first(frame_at::checksum), salt));
  return bytes;
}

std::optional<snapshot_frame> decode_snapshot_frame(byte_span bytes, std::uint64_t salt) {
  if (bytes.size() != snapshot_frame_bytes)
    return std::nullopt;
  auto* from = bytes.data();
  if (load_le<std::uint64_t>(from + frame_at::checksum) !=
      checksum(bytes.first(frame_at::checksum), salt))
    return std::nullopt;
  snapshot_frame x;
  x.kind = frame_kind{load_le<std::uint32_t>(from + frame_at::kind)};
  x.message_bytes = load_le<std::uint32_t>(from + frame_at::message_bytes);
  x.number = load_le<std::uint64_t>(from + frame_at::number);
  x.message_checksum = load_le<std::uint64_t>(from + frame_at::message_checksum);
  return is_plausible(x) ? std::optional{x} : std::nullopt;
}

std::string snapshot_name(event_seq last) { return numbered_name(prefix, last, suffix); }

std::string unfinished_snapshot_name(event_seq last) {
  return numbered_name(unfinished_prefix, last, unfinished_suffix);
}

std::optional<event_seq> parse_snapshot_name(std::string_view name) {
  return parse_numbered_name(name, prefix, suffix);
}

bool is_unfinished_snapshot_name(std::string_view name) {
  return parse_numbered_name(name, unfinished_prefix, unfinished_suffix).has_value();
}

} // namespace daybook::log
