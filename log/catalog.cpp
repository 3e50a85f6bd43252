#include "log/catalog.hpp"

#include "log/segment_name.hpp"

namespace daybook::log {

result<std::vector<segment_entry>> list_segments(storage& disk, const std::string& directory) {
  auto kind = disk.kind(directory);
  if (!kind)
    return fail(kind.error());
  if (*kind != entry_kind::directory)
    return fail(ec::not_found, "there is no book at " + directory, {{"what", directory}});
  auto names = disk.list(directory);
  if (!names)
    return fail(names.error());
  std::vector<segment_entry> segments;
  for (auto& name : *names)
    if (auto first = parse_segment_name(name))
      segments.push_back({*first, join(directory, name)});
  return segments;
}

} // namespace daybook::log
