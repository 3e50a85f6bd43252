#pragma once

#include <stdexcept>

namespace daybook {

/// An invariant of one book does not hold. Whoever runs the book ends it, and nothing else.
class broken_invariant : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

} // namespace daybook

namespace daybook::detail {

[[noreturn]] void check_failed(const char* expression, const char* file, int line);
[[noreturn]] void invariant_broken(const char* expression, const char* file, int line);

} // namespace daybook::detail

/// Aborts the process, in every build, when a programmer's assumption does not hold: better no
/// answer than a wrong balance. Never for input from disk, network or users: that is an `error`.
#define DAYBOOK_CHECK(expression)                                                                  \
  (static_cast<bool>(expression)                                                                   \
       ? void(0)                                                                                   \
       : ::daybook::detail::check_failed(#expression, __FILE__, __LINE__))

/// The same where what is wrong is the state of one book and cannot be anything else's: throws
/// `broken_invariant`, so that this incarnation of the book ends, and the node's other books do
/// not. What was in memory is thrown away; the log is read again.
#define DAYBOOK_INVARIANT(expression)                                                              \
  (static_cast<bool>(expression)                                                                   \
       ? void(0)                                                                                   \
       : ::daybook::detail::invariant_broken(#expression, __FILE__, __LINE__))
