#include "log/segment_reader.hpp"

#include "log/corruption.hpp"

namespace daybook::log {

result<segment_reader> segment_reader::open(storage& disk, const std::string& path,
                                            open_mode mode) {
  auto opened = disk.open(path, mode);
  if (!opened)
    return fail(opened.error());
  segment_reader reader{path, std::move(*opened)};
  auto page = reader.window_.view(0, header_page_bytes);
  if (!page)
    return fail(page.error());
  auto header = decode_segment_header(*page);
  if (!header)
    return reader.with_file(header.error());
  if (!*header)
    return corrupt_at(path, 0, "the header page does not verify");
  reader.header_ = std::move(**header);
  return reader;
}

result<std::optional<record_header>> segment_reader::read_header_at(std::uint64_t offset) {
  auto bytes = window_.view(offset, record_header_bytes);
  if (!bytes)
    return fail(bytes.error());
  auto header = decode_record_header(*bytes, header_.salt);
  if (!header)
    return with_file(header.error());
  return *header;
}

result<std::optional<record>> segment_reader::read() {
  auto header = read_header();
  if (!header)
    return fail(header.error());
  if (!*header)
    return std::nullopt;
  auto length = record_bytes((*header)->payload_bytes);
  if (length > file_window::read_ahead) {
    // A length is believed only when the file holds it: no buffer for what is not there.
    auto rest = rest_bytes();
    if (!rest)
      return fail(rest.error());
    if (*rest < length)
      return std::nullopt;
  }
  auto bytes = window_.view(position_, length);
  if (!bytes)
    return fail(bytes.error());
  if (bytes->size() < length || !payload_verifies(**header, *bytes, header_.salt))
    return std::nullopt;
  return record{**header, *bytes};
}

result<evidence> segment_reader::examine(bool last_segment) {
  window_.forget();
  auto trailer = read_trailer();
  if (!trailer)
    return fail(trailer.error());
  auto sealed = *trailer && (*trailer)->records_end == position_;
  auto seen = examine_record(window_, position_, header_.salt, last_segment);
  if (seen)
    seen->sealed = sealed;
  return seen;
}

result<std::optional<footer_trailer>> segment_reader::read_trailer() {
  auto size = window_.size();
  if (!size)
    return fail(size.error());
  if (*size < header_page_bytes + footer_trailer_bytes)
    return std::nullopt;
  auto bytes = window_.view(*size - footer_trailer_bytes, footer_trailer_bytes);
  if (!bytes)
    return fail(bytes.error());
  return decode_footer_trailer(*bytes, header_.salt, *size);
}

result<std::optional<sparse_index>> segment_reader::read_places() {
  auto trailer = read_trailer();
  if (!trailer)
    return fail(trailer.error());
  if (!*trailer)
    return std::nullopt;
  auto bytes = window_.view((*trailer)->records_end, (*trailer)->places_bytes());
  if (!bytes)
    return fail(bytes.error());
  return decode_footer_places(*bytes, **trailer, header_.salt);
}

result<std::uint64_t> segment_reader::rest_bytes() {
  auto size = window_.size();
  if (!size)
    return fail(size.error());
  return *size < position_ ? 0 : *size - position_;
}

tl::unexpected<error> segment_reader::with_file(error x) const {
  return fail(std::move(x).with("file", path_));
}

} // namespace daybook::log
