#pragma once

#include "base/result.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace daybook::log {

/// The error of a file that verifies and has a format of which this program knows nothing: it is
/// not corrupt.
inline tl::unexpected<error> newer_format_of(const std::string& path, std::uint64_t version) {
  return fail(ec::invalid_argument,
              fmt::format("a newer version of the program wrote {} (format {} is not known here): "
                          "use that version",
                          path, version),
              {{"field", "format_version"}, {"file", path}});
}

} // namespace daybook::log
