#pragma once

namespace daybook::detail {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);

} // namespace daybook::detail

/// Aborts the process, in every build, when a programmer's assumption does not hold: better no
/// answer than a wrong balance. Never for input from disk, network or users: that is an `error`.
#define DAYBOOK_CHECK(expression)                                                                  \
  (static_cast<bool>(expression)                                                                   \
       ? void(0)                                                                                   \
       : ::daybook::detail::check_failed(#expression, __FILE__, __LINE__))
