#include "log/format.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"

#include <xxhash.h>

#include <algorithm>

namespace daybook::log {

namespace {

constexpr std::string_view page_magic{"DAYBOOK\0", 8};
constexpr std::string_view record_magic = "DBRC";

// Offsets in the header page.
namespace page_at {
constexpr std::size_t magic = 0;
constexpr std::size_t version = 8;
constexpr std::size_t reserved_1 = 12;
constexpr std::size_t salt = 16;
constexpr std::size_t book = 24;
constexpr std::size_t first_seq = 32;
constexpr std::size_t first_index = 40;
constexpr std::size_t epoch = 48;
constexpr std::size_t created_at = 56;
constexpr std::size_t previous_chain = 64;
constexpr std::size_t name_length = 96;
constexpr std::size_t name = 97;
constexpr std::size_t checksum = header_page_bytes - 8;
} // namespace page_at

constexpr std::size_t name_bytes_max = 255;

// Offsets in a record header.
namespace record_at {
constexpr std::size_t magic = 0;
constexpr std::size_t version = 4;
constexpr std::size_t kind = 6;
constexpr std::size_t payload_bytes = 8;
constexpr std::size_t event_count = 16;
constexpr std::size_t reserved_1 = 20;
constexpr std::size_t first_seq = 24;
constexpr std::size_t epoch = 32;
constexpr std::size_t index = 40;
constexpr std::size_t committed_at = 48;
constexpr std::size_t previous_chain = 56;
constexpr std::size_t payload_checksum = 88;
constexpr std::size_t zero_sectors = 96;
constexpr std::size_t reserved_2 = 100;
constexpr std::size_t checksum = record_header_bytes - 8;
} // namespace record_at

static_assert(record_at::payload_checksum == chained_header_bytes,
              "the chain covers everything up to the checksums");

void store_chain(std::byte* to, const chain_hash& chain) {
  std::memcpy(to, chain.data(), chain.size());
}

chain_hash load_chain(const std::byte* from) {
  chain_hash chain;
  std::memcpy(chain.data(), from, chain.size());
  return chain;
}

bool has_magic(byte_span bytes, std::string_view magic) {
  return std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
}

tl::unexpected<error> newer_format(std::string_view what, std::uint64_t number) {
  return fail(ec::invalid_argument,
              "a newer version of the program wrote this file (" + std::string{what} + " " +
                  std::to_string(number) + " is not known here): use that version",
              {{"field", "format_version"}});
}

/// What a record states must fit its kind.
bool is_plausible(const record_header& x) {
  if (x.kind == record_kind::epoch_started)
    return x.payload_bytes == 0 && x.event_count == 0;
  // An event takes at least the one byte of its length.
  return x.payload_bytes <= batch_payload_bytes_max && x.event_count > 0 &&
         x.event_count <= x.payload_bytes;
}

std::size_t header_end_sector(std::uint64_t offset) {
  auto end = offset % sector_bytes + record_header_bytes;
  return (end + sector_bytes - 1) / sector_bytes * sector_bytes - offset % sector_bytes;
}

} // namespace

std::uint64_t checksum(byte_span bytes, std::uint64_t salt) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), salt);
}

bool all_zero(byte_span bytes) {
  // A run of zeros is equal to itself moved by one byte.
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

std::uint32_t count_zero_sectors(byte_span record, std::uint64_t offset) {
  std::uint32_t count = 0;
  for (auto at = header_end_sector(offset); at < record.size(); at += sector_bytes)
    if (all_zero(record.subspan(at, std::min(sector_bytes, record.size() - at))))
      ++count;
  return count;
}

header_page encode_segment_header(const segment_header& x) {
  DAYBOOK_CHECK(!x.book_name.empty());
  DAYBOOK_CHECK(x.book_name.size() <= name_bytes_max);
  header_page page{};
  auto* to = page.data();
  std::memcpy(to + page_at::magic, page_magic.data(), page_magic.size());
  store_le(to + page_at::version, format_version);
  store_le(to + page_at::salt, x.salt);
  store_le(to + page_at::book, x.book.value());
  store_le(to + page_at::first_seq, x.first_seq.value());
  store_le(to + page_at::first_index, x.first_index.value());
  store_le(to + page_at::epoch, x.epoch.value());
  store_le(to + page_at::created_at, x.created_at.us());
  store_chain(to + page_at::previous_chain, x.previous_chain);
  store_le(to + page_at::name_length, static_cast<std::uint8_t>(x.book_name.size()));
  std::memcpy(to + page_at::name, x.book_name.data(), x.book_name.size());
  store_le(to + page_at::checksum, checksum(byte_span{page}.first(page_at::checksum), x.salt));
  return page;
}

result<std::optional<segment_header>> decode_segment_header(byte_span page) {
  if (page.size() != header_page_bytes || !has_magic(page, page_magic))
    return std::nullopt;
  auto* from = page.data();
  segment_header x;
  x.salt = load_le<std::uint64_t>(from + page_at::salt);
  if (load_le<std::uint64_t>(from + page_at::checksum) !=
      checksum(page.first(page_at::checksum), x.salt))
    return std::nullopt;
  auto version = load_le<std::uint32_t>(from + page_at::version);
  if (version > format_version)
    return newer_format("format", version);
  auto name_length = load_le<std::uint8_t>(from + page_at::name_length);
  auto name_end = page_at::name + name_length;
  if (version == 0 || name_length == 0 ||
      !all_zero(page.subspan(page_at::reserved_1, page_at::salt - page_at::reserved_1)) ||
      !all_zero(page.subspan(name_end, page_at::checksum - name_end)))
    return std::nullopt;
  x.book = book_id{load_le<std::uint64_t>(from + page_at::book)};
  x.first_seq = event_seq{load_le<std::uint64_t>(from + page_at::first_seq)};
  x.first_index = log_index{load_le<std::uint64_t>(from + page_at::first_index)};
  x.epoch = writer_epoch{load_le<std::uint64_t>(from + page_at::epoch)};
  x.created_at = timestamp{load_le<std::int64_t>(from + page_at::created_at)};
  x.previous_chain = load_chain(from + page_at::previous_chain);
  x.book_name = as_text(page.subspan(page_at::name, name_length));
  return x;
}

void encode_record(const record_header& x, byte_span payload, std::uint64_t salt,
                   std::uint64_t offset, byte_buffer& into) {
  DAYBOOK_CHECK(payload.size() == x.payload_bytes);
  DAYBOOK_CHECK(is_plausible(x));
  into.clear();
  into.reserve(record_bytes(payload.size()));
  into.resize(record_header_bytes);
  into.insert(into.end(), payload.begin(), payload.end());
  into.resize(record_bytes(payload.size()));
  auto* to = into.data();
  std::memcpy(to + record_at::magic, record_magic.data(), record_magic.size());
  store_le(to + record_at::version, static_cast<std::uint16_t>(format_version));
  store_le(to + record_at::kind, static_cast<std::uint16_t>(x.kind));
  store_le(to + record_at::payload_bytes, x.payload_bytes);
  store_le(to + record_at::event_count, x.event_count);
  store_le(to + record_at::first_seq, x.first_seq.value());
  store_le(to + record_at::epoch, x.epoch.value());
  store_le(to + record_at::index, x.index.value());
  store_le(to + record_at::committed_at, x.committed_at.us());
  store_chain(to + record_at::previous_chain, x.previous_chain);
  store_le(to + record_at::payload_checksum, checksum(payload, salt));
  store_le(to + record_at::zero_sectors, count_zero_sectors(into, offset));
  store_le(to + record_at::checksum, checksum(byte_span{into}.first(record_at::checksum), salt));
}

result<std::optional<record_header>> decode_record_header(byte_span bytes, std::uint64_t salt) {
  if (bytes.size() < record_header_bytes || !has_magic(bytes, record_magic))
    return std::nullopt;
  auto* from = bytes.data();
  if (load_le<std::uint64_t>(from + record_at::checksum) !=
      checksum(bytes.first(record_at::checksum), salt))
    return std::nullopt;
  auto version = load_le<std::uint16_t>(from + record_at::version);
  if (version > format_version)
    return newer_format("record version", version);
  auto kind = load_le<std::uint16_t>(from + record_at::kind);
  if (kind > static_cast<std::uint16_t>(record_kind::epoch_started))
    return newer_format("record kind", kind);
  record_header x;
  x.kind = record_kind{kind};
  x.payload_bytes = load_le<std::uint64_t>(from + record_at::payload_bytes);
  x.event_count = load_le<std::uint32_t>(from + record_at::event_count);
  x.first_seq = event_seq{load_le<std::uint64_t>(from + record_at::first_seq)};
  x.epoch = writer_epoch{load_le<std::uint64_t>(from + record_at::epoch)};
  x.index = log_index{load_le<std::uint64_t>(from + record_at::index)};
  x.committed_at = timestamp{load_le<std::int64_t>(from + record_at::committed_at)};
  x.previous_chain = load_chain(from + record_at::previous_chain);
  x.payload_checksum = load_le<std::uint64_t>(from + record_at::payload_checksum);
  x.zero_sectors = load_le<std::uint32_t>(from + record_at::zero_sectors);
  auto reserved = bytes.subspan(record_at::reserved_2, record_at::checksum - record_at::reserved_2);
  if (version == 0 || kind == 0 || load_le<std::uint32_t>(from + record_at::reserved_1) != 0 ||
      !all_zero(reserved) || !is_plausible(x))
    return std::nullopt;
  return x;
}

bool payload_verifies(const record_header& header, byte_span record, std::uint64_t salt) {
  DAYBOOK_CHECK(record.size() == record_bytes(header.payload_bytes));
  auto payload = record.subspan(record_header_bytes, header.payload_bytes);
  auto padding = record.subspan(record_header_bytes + header.payload_bytes);
  return header.payload_checksum == checksum(payload, salt) && all_zero(padding);
}

} // namespace daybook::log
