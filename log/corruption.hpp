#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::log {

/// The `corrupt` error of a place in a file, with `file` and `offset`.
tl::unexpected<error> corrupt_at(const std::string& path, std::uint64_t offset,
                                 std::string_view what);

/// A name for a message: names come from the disk, and messages are one line for a person.
std::string quoted(std::string_view name);

} // namespace daybook::log
