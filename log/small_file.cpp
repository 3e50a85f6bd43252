#include "log/small_file.hpp"

#include "log/atomic_file_writer.hpp"
#include "log/corruption.hpp"
#include "log/format.hpp"
#include "log/newer_format.hpp"

#include <fmt/format.h>

#include <cstring>

namespace daybook::log {

namespace {

constexpr std::uint32_t small_file_version = 1;
constexpr std::string_view magic = "DBSMALL\n";

// Offsets in the file. The checksum is its last 8 bytes, in every version.
namespace at {
constexpr std::size_t version = 8;
constexpr std::size_t reserved = 12;
constexpr std::size_t content = 16;
} // namespace at

constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t frame_bytes = at::content + checksum_bytes;

/// The file is written whole and never in place: no stale bytes can be in it, so it needs no salt.
constexpr std::uint64_t no_salt = 0;

byte_buffer framed(byte_span content) {
  byte_buffer bytes(at::content);
  std::memcpy(bytes.data(), magic.data(), magic.size());
  store_le(bytes.data() + at::version, small_file_version);
  bytes.insert(bytes.end(), content.begin(), content.end());
  auto sum = checksum(bytes, no_salt);
  bytes.resize(bytes.size() + checksum_bytes);
  store_le(bytes.data() + bytes.size() - checksum_bytes, sum);
  return bytes;
}

/// Whether the bytes are those of such a file, of any version.
bool verifies(byte_span bytes) {
  if (bytes.size() < frame_bytes || as_text(bytes.first(magic.size())) != magic)
    return false;
  auto summed = bytes.first(bytes.size() - checksum_bytes);
  return load_le<std::uint64_t>(summed.data() + summed.size()) == checksum(summed, no_salt);
}

result<byte_buffer> read_whole(file& from) {
  auto size = from.size();
  if (!size)
    return fail(size.error());
  byte_buffer bytes(std::min<std::uint64_t>(*size, small_file_bytes_max + frame_bytes + 1));
  auto got = from.read_at(0, bytes);
  if (!got)
    return fail(got.error());
  bytes.resize(*got);
  return bytes;
}

} // namespace

result<void> write_small_file(storage& disk, const std::string& directory, std::string_view name,
                              byte_span content) {
  if (content.size() > small_file_bytes_max)
    return fail(ec::limit_exceeded,
                fmt::format("the file {} would have {} bytes: {} are possible",
                            join(directory, name), content.size(), small_file_bytes_max),
                {{"what", "file bytes"},
                 {"limit", std::to_string(small_file_bytes_max)},
                 {"would_be", std::to_string(content.size())}});
  // Power lost from here on: the old file or the new one, and perhaps a temporary file that the
  // next writing replaces.
  auto to = atomic_file_writer::create(disk, directory, "." + std::string{name} + ".tmp");
  if (!to)
    return fail(to.error());
  if (auto done = to->append(framed(content)); !done)
    return done;
  return to->publish(name);
}

result<std::optional<byte_buffer>> read_small_file(storage& disk, const std::string& directory,
                                                   std::string_view name) {
  auto path = join(directory, name);
  auto opened = disk.open(path, open_mode::read);
  if (!opened && opened.error().get("errno") == "ENOENT")
    return std::nullopt;
  if (!opened)
    return fail(opened.error());
  auto bytes = read_whole(**opened);
  if (!bytes)
    return fail(bytes.error());
  if (!verifies(*bytes))
    return corrupt_at(path, 0, "the file does not verify");
  auto version = load_le<std::uint32_t>(bytes->data() + at::version);
  if (version > small_file_version)
    return newer_format_of(path, version);
  if (load_le<std::uint32_t>(bytes->data() + at::reserved) != 0)
    return corrupt_at(path, 0, "the file contradicts itself");
  return byte_buffer(bytes->begin() + at::content, bytes->end() - checksum_bytes);
}

} // namespace daybook::log
