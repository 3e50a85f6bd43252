#pragma once

#include "base/result.hpp"
#include "log/batch_reader.hpp"
#include "log/stored_batch.hpp"

#include <cstdint>

namespace daybook::log {

/// Gives each record that is left to `visitor` (may be empty); returns how many had events. For
/// opening and for verifying. Errors: the reader's, and what `visitor` returns.
result<std::uint64_t> read_to_end(batch_reader& reader, const batch_visitor& visitor);

} // namespace daybook::log
