#include "log/snapshot_catalog.hpp"

#include "log/snapshot_format.hpp"

#include <algorithm>
#include <ranges>

namespace daybook::log {

namespace {

result<std::vector<std::string>> list_book(storage& disk, const std::string& directory) {
  auto kind = disk.kind(directory);
  if (!kind)
    return fail(kind.error());
  if (*kind != entry_kind::directory)
    return fail(ec::not_found, "there is no book at " + directory, {{"what", directory}});
  return disk.list(directory);
}

} // namespace

result<std::vector<snapshot_entry>> list_snapshots(storage& disk, const std::string& directory) {
  auto names = list_book(disk, directory);
  if (!names)
    return fail(names.error());
  std::vector<snapshot_entry> snapshots;
  for (auto& name : *names)
    if (auto last = parse_snapshot_name(name))
      snapshots.push_back({*last, join(directory, name)});
  std::ranges::reverse(snapshots);
  return snapshots;
}

result<void> keep_snapshots(storage& disk, const std::string& directory, std::size_t count) {
  auto names = list_book(disk, directory);
  if (!names)
    return fail(names.error());
  std::vector<std::string> surplus;
  std::size_t kept = 0;
  // Sorted by name is sorted by seq.
  for (auto& name : *names | std::views::reverse)
    if (is_unfinished_snapshot_name(name) || (parse_snapshot_name(name) && ++kept > count))
      surplus.push_back(join(directory, name));
  if (surplus.empty())
    return {};
  // A snapshot's name may be in the page cache alone, if making it durable failed when it was
  // written. Power lost before an older one is gone: at least the newest are there.
  if (auto synced = disk.sync_directory(directory); !synced)
    return synced;
  // Power lost from here on: what was removed may be there again, whole.
  for (auto& path : surplus)
    if (auto removed = disk.remove(path); !removed)
      return removed;
  return {};
}

} // namespace daybook::log
