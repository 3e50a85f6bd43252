#include "log/cursor_file.hpp"

#include "base/names.hpp"
#include "log/atomic_file_writer.hpp"
#include "log/corruption.hpp"
#include "log/format.hpp"
#include "log/newer_format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::log {

namespace {

constexpr std::uint32_t cursor_format_version = 1;
constexpr std::string_view magic = "DBCURSOR";

// Offsets in the file. The checksum is its last 8 bytes, in every version.
namespace at {
constexpr std::size_t magic = 0;
constexpr std::size_t version = 8;
constexpr std::size_t name_length = 12;
constexpr std::size_t book = 16;
constexpr std::size_t seq = 24;
constexpr std::size_t stored_at = 32;
constexpr std::size_t filter_length = 40;
constexpr std::size_t reserved = 44;
constexpr std::size_t name = 48;
} // namespace at

constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t file_bytes_min = at::name + checksum_bytes;
constexpr std::size_t file_bytes_max =
    file_bytes_min + cursor_name_bytes_max + cursor_filter_bytes_max;

/// The file is written whole and never in place: no stale bytes can be in it, so it needs no salt.
constexpr std::uint64_t no_salt = 0;

constexpr std::string_view prefix = "cursor-";
constexpr std::string_view suffix = ".pos";

std::string file_name(std::string_view name) {
  return std::string{prefix}.append(name).append(suffix);
}

std::string temporary_name(std::string_view name) {
  return std::string{".cursor-"}.append(name).append(".tmp");
}

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_name(std::string_view name) {
  auto may_stand = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= cursor_name_bytes_max && is_letter_or_digit(name[0]) &&
         std::ranges::all_of(name, may_stand);
}

byte_buffer encode(const cursor_record& x) {
  byte_buffer bytes(at::name);
  auto* to = bytes.data();
  std::memcpy(to + at::magic, magic.data(), magic.size());
  store_le(to + at::version, cursor_format_version);
  store_le(to + at::name_length, static_cast<std::uint32_t>(x.name.size()));
  store_le(to + at::book, x.book.value());
  store_le(to + at::seq, x.seq.value());
  store_le(to + at::stored_at, x.stored_at.us());
  store_le(to + at::filter_length, static_cast<std::uint32_t>(x.filter.size()));
  for (auto text : {as_bytes(x.name), as_bytes(x.filter)})
    bytes.insert(bytes.end(), text.begin(), text.end());
  auto sum = checksum(bytes, no_salt);
  bytes.resize(bytes.size() + checksum_bytes);
  store_le(bytes.data() + bytes.size() - checksum_bytes, sum);
  return bytes;
}

/// Whether the bytes are those of a cursor file, of any version.
bool verifies(byte_span bytes) {
  if (bytes.size() < file_bytes_min || as_text(bytes.first(magic.size())) != magic)
    return false;
  auto content = bytes.first(bytes.size() - checksum_bytes);
  return load_le<std::uint64_t>(content.data() + content.size()) == checksum(content, no_salt);
}

/// The content of a file of this version that verifies.
std::optional<cursor_record> decode(byte_span bytes) {
  auto* from = bytes.data();
  std::size_t name_length = load_le<std::uint32_t>(from + at::name_length);
  std::size_t filter_length = load_le<std::uint32_t>(from + at::filter_length);
  if (load_le<std::uint32_t>(from + at::version) != cursor_format_version ||
      load_le<std::uint32_t>(from + at::reserved) != 0 ||
      bytes.size() - file_bytes_min != name_length + filter_length)
    return std::nullopt;
  cursor_record x;
  x.name = as_text(bytes.subspan(at::name, name_length));
  x.filter = as_text(bytes.subspan(at::name + name_length, filter_length));
  x.book = book_id{load_le<std::uint64_t>(from + at::book)};
  x.seq = event_seq{load_le<std::uint64_t>(from + at::seq)};
  x.stored_at = timestamp{load_le<std::int64_t>(from + at::stored_at)};
  return x;
}

/// All of a file, or a little more than any cursor's has.
result<byte_buffer> read_file(file& from) {
  byte_buffer bytes(file_bytes_max + 1);
  auto got = from.read_at(0, bytes);
  if (!got)
    return fail(got.error());
  bytes.resize(*got);
  return bytes;
}

bool is_missing(const error& x) { return x.get("errno") == "ENOENT"; }

} // namespace

result<void> check_cursor_name(std::string_view name) {
  if (is_name(name))
    return {};
  auto shown = printable(name.substr(0, cursor_name_bytes_max));
  return fail(ec::invalid_name,
              fmt::format("the cursor name \"{}\" must have 1 to {} characters of a-z, 0-9, '.', "
                          "'_', '-', the first a letter or a digit",
                          shown, cursor_name_bytes_max),
              {{"name", shown}});
}

result<void> store_cursor(storage& disk, const std::string& directory, const cursor_record& x) {
  if (auto ok = check_cursor_name(x.name); !ok)
    return ok;
  if (x.filter.size() > cursor_filter_bytes_max)
    return fail(ec::limit_exceeded,
                fmt::format("the filter of the cursor {} has {} bytes: {} are possible", x.name,
                            x.filter.size(), cursor_filter_bytes_max),
                {{"what", "cursor filter bytes"},
                 {"limit", std::to_string(cursor_filter_bytes_max)},
                 {"would_be", std::to_string(x.filter.size())}});
  // Power lost from here on: the old position or the new one, and perhaps a temporary file that
  // the next storing replaces.
  auto to = atomic_file_writer::create(disk, directory, temporary_name(x.name));
  if (!to)
    return fail(to.error());
  if (auto done = to->append(encode(x)); !done)
    return done;
  return to->publish(file_name(x.name));
}

result<std::optional<cursor_record>> load_cursor(storage& disk, const std::string& directory,
                                                 std::string_view name) {
  if (auto ok = check_cursor_name(name); !ok)
    return fail(ok.error());
  auto path = join(directory, file_name(name));
  auto opened = disk.open(path, open_mode::read);
  if (!opened && is_missing(opened.error()))
    return std::nullopt;
  if (!opened)
    return fail(opened.error());
  auto bytes = read_file(**opened);
  if (!bytes)
    return fail(bytes.error());
  if (!verifies(*bytes))
    return corrupt_at(path, 0, "the cursor's position does not verify");
  auto version = load_le<std::uint32_t>(bytes->data() + at::version);
  if (version > cursor_format_version)
    return newer_format_of(path, version);
  auto x = decode(*bytes);
  if (!x)
    return corrupt_at(path, 0, "the cursor's position contradicts itself");
  if (x->name != name)
    return corrupt_at(path, 0, "the file is not of the cursor that its name says");
  return x;
}

result<std::vector<std::string>> list_cursors(storage& disk, const std::string& directory) {
  auto names = disk.list(directory);
  if (!names)
    return fail(names.error());
  std::vector<std::string> cursors;
  for (std::string_view name : *names) {
    if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
        !name.ends_with(suffix))
      continue;
    name.remove_prefix(prefix.size());
    name.remove_suffix(suffix.size());
    if (is_name(name))
      cursors.emplace_back(name);
  }
  // With their suffix they were sorted otherwise.
  std::ranges::sort(cursors);
  return cursors;
}

result<bool> remove_cursor(storage& disk, const std::string& directory, std::string_view name) {
  if (auto ok = check_cursor_name(name); !ok)
    return fail(ok.error());
  auto leftover = disk.remove(join(directory, temporary_name(name)));
  if (!leftover && !is_missing(leftover.error()))
    return fail(leftover.error());
  auto removed = disk.remove(join(directory, file_name(name)));
  if (!removed && !is_missing(removed.error()))
    return fail(removed.error());
  // Power lost before the next line returns: the cursor may be there again, with its last position.
  if (auto synced = disk.sync_directory(directory); !synced)
    return fail(synced.error());
  return removed.has_value();
}

} // namespace daybook::log
