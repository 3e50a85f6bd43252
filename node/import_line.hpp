#pragma once

#include "base/limits.hpp"
#include "base/result.hpp"
#include "ledger/types.hpp"
#include "node/line_splitter.hpp"
#include "protocol/json_lines.hpp"

#include <chrono>

// What the ways of importing lines have in common.

namespace daybook::node {

/// Nothing to import.
bool is_blank(const input_line& line);

/// Errors: as `parse_write`; `limit_exceeded` for a line that is too long.
result<ledger::write> parse_import_line(const input_line& line,
                                        const protocol::precision_source& precisions,
                                        const limits& bounds);

/// Whether an error is about what a line says. Others are about the node or its disk: the next line
/// would fare no better.
bool is_rejection(ec code);

/// Whether nothing was accepted for a reason that passes.
bool is_for_later(ec code);

/// The same error, with what to do after an import that ended in the middle.
error advise_rerun(const error& x);

/// Pauses that double, until patience is lost.
class import_pauses {
public:
  /// False, at once, when it has waited for a minute.
  bool wait();

private:
  std::chrono::milliseconds pause_{5};
  std::chrono::milliseconds waited_{0};
};

} // namespace daybook::node
