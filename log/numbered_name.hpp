#pragma once

#include "base/ids.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace daybook::log {

/// `<prefix><seq, 20 digits><suffix>`: sorted by name is sorted by seq.
std::string numbered_name(std::string_view prefix, event_seq seq, std::string_view suffix);

/// The seq of such a name, or nothing for any other name.
std::optional<event_seq> parse_numbered_name(std::string_view name, std::string_view prefix,
                                             std::string_view suffix);

} // namespace daybook::log
