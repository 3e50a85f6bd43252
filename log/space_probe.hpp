#pragma once

#include "log/storage.hpp"

#include <string>

namespace daybook::log {

/// Finds out whether the disk of a book has room to write again, by writing a file of a MiB under a
/// name that nothing else has, and removing it. A crash may leave it: it is replaced the next time.
/// Errors: `io`, with errno ENOSPC or EDQUOT when there is none.
result<void> probe_space(storage& disk, const std::string& directory);

/// Whether an error says that the disk, or what its user may have of it, is full.
bool is_no_space(const error& x);

} // namespace daybook::log
