#include "log/segment_footer.hpp"

#include "base/check.hpp"
#include "log/format.hpp"

#include <string_view>

namespace daybook::log {

namespace {

constexpr std::string_view trailer_magic = "DBFT";

// Offsets in the trailer.
namespace trailer_at {
constexpr std::size_t magic = 0;
constexpr std::size_t version = 4;
constexpr std::size_t reserved_1 = 6;
constexpr std::size_t place_count = 8;
constexpr std::size_t reserved_2 = 12;
constexpr std::size_t records_end = 16;
constexpr std::size_t last_seq = 24;
constexpr std::size_t next_index = 32;
constexpr std::size_t epoch = 40;
constexpr std::size_t committed_at = 48;
constexpr std::size_t chain = 56;
constexpr std::size_t places_checksum = 88;
constexpr std::size_t reserved_3 = 96;
constexpr std::size_t checksum = footer_trailer_bytes - 8;
} // namespace trailer_at

/// What `sparse_index` can hold of a segment whose records end there.
std::uint64_t places_max(std::uint64_t records_end) {
  return (records_end - header_page_bytes) / sparse_index::spacing_bytes + 1;
}

bool is_plausible(const footer_trailer& x, std::uint64_t file_bytes) {
  return x.records_end >= header_page_bytes && x.records_end % record_alignment == 0 &&
         x.records_end <= file_bytes && x.place_count <= places_max(x.records_end) &&
         file_bytes - x.records_end == x.places_bytes() + footer_trailer_bytes;
}

} // namespace

void encode_footer(std::uint64_t records_end, const log_position& end, const sparse_index& index,
                   std::uint64_t salt, byte_buffer& into) {
  DAYBOOK_CHECK(end.chain.has_value());
  auto& places = index.places();
  auto places_bytes = places.size() * footer_place_bytes;
  into.assign(places_bytes + footer_trailer_bytes, std::byte{0});
  auto* at = into.data();
  for (auto& place : places) {
    store_le(at, place.first_seq.value());
    store_le(at + 8, place.offset);
    at += footer_place_bytes;
  }
  std::memcpy(at + trailer_at::magic, trailer_magic.data(), trailer_magic.size());
  store_le(at + trailer_at::version, footer_version);
  store_le(at + trailer_at::place_count, static_cast<std::uint32_t>(places.size()));
  store_le(at + trailer_at::records_end, records_end);
  store_le(at + trailer_at::last_seq, end.next_seq.value() - 1);
  store_le(at + trailer_at::next_index, end.next_index.value());
  store_le(at + trailer_at::epoch, end.epoch.value());
  store_le(at + trailer_at::committed_at, end.committed_at.us());
  std::memcpy(at + trailer_at::chain, end.chain->data(), end.chain->size());
  store_le(at + trailer_at::places_checksum, checksum(byte_span{into}.first(places_bytes), salt));
  store_le(at + trailer_at::checksum, checksum({at, trailer_at::checksum}, salt));
}

std::optional<footer_trailer> decode_footer_trailer(byte_span bytes, std::uint64_t salt,
                                                    std::uint64_t file_bytes) {
  if (bytes.size() != footer_trailer_bytes)
    return std::nullopt;
  auto* from = bytes.data();
  if (std::memcmp(from + trailer_at::magic, trailer_magic.data(), trailer_magic.size()) != 0 ||
      load_le<std::uint64_t>(from + trailer_at::checksum) !=
          checksum(bytes.first(trailer_at::checksum), salt) ||
      load_le<std::uint16_t>(from + trailer_at::version) != footer_version ||
      load_le<std::uint16_t>(from + trailer_at::reserved_1) != 0 ||
      load_le<std::uint32_t>(from + trailer_at::reserved_2) != 0 ||
      !all_zero(
          bytes.subspan(trailer_at::reserved_3, trailer_at::checksum - trailer_at::reserved_3)))
    return std::nullopt;
  footer_trailer x;
  x.records_end = load_le<std::uint64_t>(from + trailer_at::records_end);
  x.end.next_seq = event_seq{load_le<std::uint64_t>(from + trailer_at::last_seq) + 1};
  x.end.next_index = log_index{load_le<std::uint64_t>(from + trailer_at::next_index)};
  x.end.epoch = writer_epoch{load_le<std::uint64_t>(from + trailer_at::epoch)};
  x.end.committed_at = timestamp{load_le<std::int64_t>(from + trailer_at::committed_at)};
  auto& chain = x.end.chain.emplace();
  std::memcpy(chain.data(), from + trailer_at::chain, chain.size());
  x.place_count = load_le<std::uint32_t>(from + trailer_at::place_count);
  x.places_checksum = load_le<std::uint64_t>(from + trailer_at::places_checksum);
  if (!is_plausible(x, file_bytes))
    return std::nullopt;
  return x;
}

std::optional<sparse_index> decode_footer_places(byte_span bytes, const footer_trailer& trailer,
                                                 std::uint64_t salt) {
  if (bytes.size() != trailer.places_bytes() || checksum(bytes, salt) != trailer.places_checksum)
    return std::nullopt;
  sparse_index index;
  for (auto* at = bytes.data(); at != bytes.data() + bytes.size(); at += footer_place_bytes)
    index.add(event_seq{load_le<std::uint64_t>(at)}, load_le<std::uint64_t>(at + 8));
  return index;
}

} // namespace daybook::log
