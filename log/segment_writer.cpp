#include "log/segment_writer.hpp"

#include "base/check.hpp"
#include "log/segment_name.hpp"

#include <algorithm>
#include <array>

namespace daybook::log {

namespace {

constexpr std::uint64_t step_bytes_min = 64 * 1024;
constexpr std::uint64_t step_bytes_max = 1024 * 1024;
constexpr std::uint64_t block_bytes = 4096;

constexpr std::array<std::byte, 64 * 1024> zeros{};

} // namespace

segment_writer::segment_writer(std::unique_ptr<file> to, const segment_header& header,
                               std::uint64_t end, std::uint64_t size)
    : file_(std::move(to)),
      salt_(header.salt),
      first_seq_(header.first_seq),
      end_(end),
      size_(size),
      step_(step_bytes_min) {}

result<segment_writer> segment_writer::create(storage& disk, const std::string& directory,
                                              const segment_header& header) {
  auto path = join(directory, segment_name(header.first_seq));
  // Power lost from here to the directory's sync: the file may exist or not, and its page may be
  // there, in part or not at all. Nothing in the log depends on it yet.
  auto created = disk.open(path, open_mode::create_new);
  if (!created)
    return fail(created.error());
  auto page = encode_segment_header(header);
  if (auto written = (*created)->write_at(0, page); !written)
    return fail(written.error());
  // The page is durable before the name is: a name that survives leads to a page that verifies.
  if (auto synced = (*created)->sync(); !synced)
    return fail(synced.error());
  if (auto synced = disk.sync_directory(directory); !synced)
    return fail(synced.error());
  return segment_writer{std::move(*created), header, header_page_bytes, header_page_bytes};
}

result<segment_writer> segment_writer::resume(storage& disk, const std::string& path,
                                              const segment_header& header, std::uint64_t end) {
  auto opened = disk.open(path, open_mode::write);
  if (!opened)
    return fail(opened.error());
  auto size = (*opened)->size();
  if (!size)
    return fail(size.error());
  return segment_writer{std::move(*opened), header, end, *size};
}

result<void> segment_writer::append(byte_span record) {
  DAYBOOK_INVARIANT(end_ % record_alignment == 0);
  DAYBOOK_INVARIANT(record.size() % record_alignment == 0);
  auto end = end_ + record.size();
  // The zeros come first and lie behind the record, so the sync below covers both. Power lost
  // before it: the record is missing, torn or there; the zeros change nothing about that.
  if (end > size_) {
    if (auto grown = grow(end); !grown)
      return grown;
  }
  if (auto written = file_->write_at(end_, record); !written)
    return written;
  // Power lost before the sync returns: any sectors of the record may be durable, and nobody has
  // been told. After it: the record stays.
  if (auto synced = file_->sync(); !synced)
    return synced;
  end_ = end;
  return {};
}

result<void> segment_writer::cut_rest() {
  if (size_ == end_)
    return {};
  if (auto cut = file_->truncate(end_); !cut)
    return cut;
  size_ = end_;
  return {};
}

result<void> segment_writer::seal(byte_span footer) {
  // The footer is found from the end of the file, so nothing may be behind it.
  if (auto cut = cut_rest(); !cut)
    return cut;
  size_ += footer.size();
  return file_->write_at(end_, footer);
}

result<void> segment_writer::prepare() {
  if (size_ - end_ >= step_ / 2)
    return {};
  if (auto grown = grow(size_); !grown)
    return grown;
  return file_->sync();
}

result<void> segment_writer::grow(std::uint64_t from) {
  auto until = (from + step_ + block_bytes - 1) / block_bytes * block_bytes;
  while (from < until) {
    auto length = std::min<std::uint64_t>(until - from, zeros.size());
    if (auto written = file_->write_at(from, byte_span{zeros}.first(length)); !written)
      return written;
    from += length;
  }
  size_ = until;
  step_ = std::min(step_ * 2, step_bytes_max);
  return {};
}

} // namespace daybook::log
