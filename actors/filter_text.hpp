#pragma once

#include "actors/follow_messages.hpp"
#include "base/result.hpp"

#include <string>
#include <string_view>

namespace daybook::actors {

/// The same for filters that let the same events through because they say the same thing: kinds
/// and prefixes sorted, each once, no colon at the end of a prefix. Lines of text; stored with a
/// durable cursor, so it is a format. `x` has passed `check` (event_matcher.hpp).
std::string to_text(const event_filter& x);

/// A filter with that text. Errors: `corrupt` for what is no such text.
result<event_filter> filter_of_text(std::string_view text);

} // namespace daybook::actors
