#pragma once

#include <cstdint>
#include <string>

namespace daybook::index {

/// Whether a file of so many bytes can be made in a directory now: 0, or the errno of what hinders
/// it. The directory must exist.
int find_room(const std::string& directory, std::uint64_t bytes);

} // namespace daybook::index
