#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace daybook::log {

/// The `io` error of a failed call: `path`, `operation`, and `errno` by name ("ENOSPC"), with a
/// sentence that says what a person can do where there is something to do.
tl::unexpected<error> io_error(const std::string& path, std::string_view operation, int number);

} // namespace daybook::log
