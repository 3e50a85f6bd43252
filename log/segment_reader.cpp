#include "log/segment_reader.hpp"

namespace daybook::log {

result<segment_reader> segment_reader::open(storage& disk, const std::string& path,
                                            open_mode mode) {
  auto opened = disk.open(path, mode);
  if (!opened)
    return fail(opened.error());
  segment_reader reader{path, std::move(*opened)};
  auto page = reader.window_.peek(0, header_page_bytes);
  if (!page)
    return fail(page.error());
  auto header = decode_segment_header(*page);
  if (!header)
    return reader.with_file(header.error());
  if (!*header)
    return fail(ec::corrupt, path + " at offset 0: the header page does not verify",
                {{"file", path}, {"offset", "0"}});
  reader.header_ = std::move(**header);
  return reader;
}

result<std::optional<record_header>> segment_reader::read_header() {
  auto bytes = window_.peek(position_, record_header_bytes);
  if (!bytes)
    return fail(bytes.error());
  auto header = decode_record_header(*bytes, header_.salt);
  if (!header)
    return with_file(header.error());
  return *header;
}

result<std::optional<record>> segment_reader::read() {
  auto bytes = window_.view(position_, record_header_bytes);
  if (!bytes)
    return fail(bytes.error());
  auto header = decode_record_header(*bytes, header_.salt);
  if (!header)
    return with_file(header.error());
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
  bytes = window_.view(position_, length);
  if (!bytes)
    return fail(bytes.error());
  if (bytes->size() < length || !payload_verifies(**header, *bytes, header_.salt))
    return std::nullopt;
  return record{**header, *bytes};
}

result<evidence> segment_reader::examine(bool last_segment) {
  window_.forget();
  return examine_record(window_, position_, header_.salt, last_segment);
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
