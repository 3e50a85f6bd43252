#pragma once

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace daybook::log {

/// `segment-<first seq, 20 digits>.log`: sorted by name is sorted by seq.
std::string segment_name(event_seq first);

/// The seq of a segment's name, or nothing for any other name.
std::optional<event_seq> parse_segment_name(std::string_view name);

} // namespace daybook::log
