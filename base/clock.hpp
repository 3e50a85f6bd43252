#pragma once

#include "base/timestamp.hpp"

namespace daybook {

/// The wall clock as a book sees it. Called from book actors, on any thread. It may jump; the
/// ledger makes commit times non-decreasing [I4]. Tests give their own.
class clock {
public:
  virtual ~clock() = default;
  virtual timestamp now() const = 0;
};

} // namespace daybook
