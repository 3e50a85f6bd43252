#include "actors/cluster/outgoing_copy.hpp"

#include "log/format.hpp"

#include <algorithm>
#include <utility>

namespace daybook::actors {

namespace {

/// What a writer is about to replace, or has just made for itself.
bool is_temporary(std::string_view name) { return name.starts_with('.'); }

bool is_missing(const error& x) { return x.get("errno") == "ENOENT"; }

} // namespace

result<void> outgoing_copy::look(bool for_the_last_time) {
  open_.reset();
  auto names = disk_->list(directory_);
  if (!names)
    return fail(std::move(names.error()));
  std::map<std::string, entry> found;
  for (auto& name : *names) {
    if (is_temporary(name))
      continue;
    auto bytes = size_of(name);
    if (!bytes)
      return fail(std::move(bytes.error()));
    if (!*bytes)
      continue;
    auto known = files_.find(name);
    entry x{**bytes, known == files_.end() ? 0 : known->second.sent};
    auto is_replaced = !is_segment(name) && !is_snapshot(name) && for_the_last_time;
    auto is_other = !is_segment(name) && known != files_.end() && known->second.bytes != x.bytes;
    x.sent = is_replaced || is_other ? 0 : std::min(x.sent, x.bytes);
    found.emplace(std::move(name), x);
  }
  files_ = std::move(found);
  return {};
}

/// Nothing for a snapshot or a cursor that has been removed meanwhile.
result<std::optional<std::uint64_t>> outgoing_copy::size_of(const std::string& name) {
  auto opened = disk_->open(log::join(directory_, name), log::open_mode::read);
  if (!opened && is_missing(opened.error()) && !is_segment(name))
    return std::nullopt;
  if (!opened)
    return fail(std::move(opened.error()));
  auto bytes = (*opened)->size();
  if (!bytes)
    return fail(std::move(bytes.error()));
  return *bytes;
}

std::map<std::string, outgoing_copy::entry>::iterator outgoing_copy::find_unsent() {
  auto is_unsent = [](auto& x) { return x.second.sent < x.second.bytes; };
  auto small =
      std::ranges::find_if(files_, [&](auto& x) { return is_unsent(x) && !is_segment(x.first); });
  return small != files_.end() ? small : std::ranges::find_if(files_, is_unsent);
}

result<std::optional<file_chunk>> outgoing_copy::next() {
  for (auto at = find_unsent(); at != files_.end(); at = find_unsent()) {
    auto chunk = read(at->first, at->second);
    if (!chunk)
      return fail(std::move(chunk.error()));
    if (*chunk)
      return chunk;
    files_.erase(at);
  }
  return std::nullopt;
}

/// Nothing for a file that is gone.
result<std::optional<file_chunk>> outgoing_copy::read(const std::string& name, entry& x) {
  if (!open_ || open_name_ != name) {
    // After a failed sync the cache may show what the disk does not have [I2].
    auto mode = is_segment(name) ? log::open_mode::read_past_cache : log::open_mode::read;
    auto opened = disk_->open(log::join(directory_, name), mode);
    if (!opened && is_missing(opened.error()) && !is_segment(name))
      return std::nullopt;
    if (!opened)
      return fail(std::move(opened.error()));
    open_ = std::move(*opened);
    open_name_ = name;
  }
  file_chunk chunk{.file = name, .offset = x.sent, .bytes = {}, .checksum = 0};
  chunk.bytes.resize(std::min<std::uint64_t>(chunk_bytes, x.bytes - x.sent));
  auto got = open_->read_at(x.sent, chunk.bytes);
  if (!got)
    return fail(std::move(got.error()));
  chunk.bytes.resize(*got);
  chunk.checksum = log::checksum(chunk.bytes, 0);
  // A file that became shorter was written by its owner: it is looked at again.
  x.sent = *got == 0 ? x.bytes : x.sent + *got;
  return chunk;
}

void outgoing_copy::go_back_to(const copied_end& end) {
  auto last = std::ranges::find_if(files_.rbegin(), files_.rend(),
                                   [](auto& x) { return is_segment(x.first); });
  if (last == files_.rend())
    return;
  // Those before the last one are not written any more.
  if (end.segment.empty()) {
    last->second.sent = 0;
    return;
  }
  for (auto& [name, x] : files_)
    if (is_segment(name) && name >= end.segment)
      x.sent = name == end.segment ? std::min(x.sent, end.offset) : 0;
}

std::uint64_t outgoing_copy::bytes_left() const {
  std::uint64_t bytes = 0;
  for (auto& [name, x] : files_)
    bytes += x.bytes - x.sent;
  return bytes;
}

std::vector<copied_file> outgoing_copy::files() const {
  std::vector<copied_file> all;
  for (auto& [name, x] : files_)
    all.push_back({name, x.bytes});
  return all;
}

} // namespace daybook::actors
