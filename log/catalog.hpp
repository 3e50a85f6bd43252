#pragma once

#include "base/ids.hpp"
#include "log/storage.hpp"

#include <string>
#include <vector>

namespace daybook::log {

struct segment_entry {
  event_seq first_seq;
  std::string path;
};

/// The segments in a book's directory, in order of their first seq. Files with other names are
/// passed over. Says nothing about what is in them.
/// Errors: `not_found` (field `what`) when there is no such directory; `io`.
result<std::vector<segment_entry>> list_segments(storage& disk, const std::string& directory);

} // namespace daybook::log
