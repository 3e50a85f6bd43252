#include "log/recovery.hpp"

#include "log/format.hpp"

#include <algorithm>

namespace daybook::log {

namespace {

/// Whether a sector's part of `bytes`, which lie at `offset`, is all zero.
bool has_zero_sector(byte_span bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    auto length = std::min<std::uint64_t>(bytes.size(), sector_bytes - offset % sector_bytes);
    if (all_zero(bytes.first(length)))
      return true;
    bytes = bytes.subspan(length);
    offset += length;
  }
  return false;
}

result<bool> zero_to_the_end(file_window& file, std::uint64_t offset) {
  for (;;) {
    auto bytes = file.view(offset, file_window::read_ahead);
    if (!bytes)
      return fail(bytes.error());
    if (!all_zero(*bytes))
      return false;
    if (bytes->size() < file_window::read_ahead)
      return true;
    offset += bytes->size();
  }
}

/// A record of a newer format counts: somebody wrote it with this segment's salt.
bool is_record_header(byte_span bytes, std::uint64_t salt) {
  auto decoded = decode_record_header(bytes, salt);
  return !decoded || *decoded;
}

/// The header alone is proof enough: it was written after the record before it had been synced.
result<bool> finds_record(file_window& file, std::uint64_t offset, std::uint64_t salt) {
  for (;;) {
    auto bytes = file.view(offset, file_window::read_ahead);
    if (!bytes)
      return fail(bytes.error());
    std::size_t at = 0;
    for (; at + record_header_bytes <= bytes->size(); at += record_alignment)
      if (is_record_header(bytes->subspan(at, record_header_bytes), salt))
        return true;
    if (bytes->size() < file_window::read_ahead)
      return false;
    offset += at;
  }
}

/// Fills in `ends_inside` and `sector_missing`.
result<void> look_for_gaps(file_window& file, std::uint64_t offset, std::uint64_t salt,
                           evidence& seen) {
  auto bytes = file.view(offset, record_header_bytes);
  if (!bytes)
    return fail(bytes.error());
  seen.ends_inside = bytes->size() < record_header_bytes;
  seen.sector_missing = has_zero_sector(*bytes, offset);
  if (seen.ends_inside || seen.sector_missing)
    return {};
  auto header = decode_record_header(*bytes, salt);
  if (!header)
    return fail(header.error());
  if (!*header)
    return {};
  auto length = record_bytes((*header)->payload_bytes);
  auto size = file.size();
  if (!size)
    return fail(size.error());
  seen.ends_inside = *size < offset || *size - offset < length;
  if (seen.ends_inside)
    return {};
  auto record = file.view(offset, length);
  if (!record)
    return fail(record.error());
  seen.sector_missing = count_zero_sectors(*record, offset) > (*header)->zero_sectors;
  return {};
}

} // namespace

verdict decide(const evidence& seen) {
  if (seen.next_follows || seen.rest_is_zero)
    return verdict::clean_end;
  if (seen.sealed)
    return seen.last_segment ? verdict::corrupt : verdict::clean_end;
  if (!seen.last_segment || seen.record_after)
    return verdict::corrupt;
  if (seen.ends_inside || seen.sector_missing)
    return verdict::cut_tail;
  return verdict::corrupt;
}

std::string_view explain(const evidence& seen) {
  if (decide(seen) == verdict::clean_end)
    return "the segment ends here";
  if (seen.sealed)
    return "should be in a later segment, and there is none: were files removed?";
  if (!seen.last_segment)
    return "does not verify, and a later segment exists";
  if (seen.record_after)
    return "does not verify, and valid data follows it";
  if (seen.ends_inside || seen.sector_missing)
    return "was not written completely";
  return "is all there and does not verify";
}

result<evidence> examine_record(file_window& file, std::uint64_t offset, std::uint64_t salt,
                                bool last_segment) {
  evidence seen;
  seen.last_segment = last_segment;
  auto zero = zero_to_the_end(file, offset);
  if (!zero)
    return fail(zero.error());
  seen.rest_is_zero = *zero;
  if (seen.rest_is_zero)
    return seen;
  if (auto done = look_for_gaps(file, offset, salt, seen); !done)
    return fail(done.error());
  auto found = finds_record(file, offset + record_alignment, salt);
  if (!found)
    return fail(found.error());
  seen.record_after = *found;
  return seen;
}

result<evidence> examine_header_page(file_window& file, bool last_segment) {
  auto page = file.view(0, header_page_bytes);
  if (!page)
    return fail(page.error());
  evidence seen;
  seen.last_segment = last_segment;
  seen.ends_inside = page->size() < header_page_bytes;
  if (seen.ends_inside)
    return seen;
  // Only the first and the last sector of a page hold anything: the rest is reserved.
  seen.sector_missing = all_zero(page->first(sector_bytes)) || all_zero(page->last(sector_bytes));
  auto zero = zero_to_the_end(file, header_page_bytes);
  if (!zero)
    return fail(zero.error());
  seen.record_after = !*zero;
  return seen;
}

} // namespace daybook::log
