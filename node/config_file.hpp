#pragma once

#include "base/result.hpp"

#include <caf/settings.hpp>

#include <iosfwd>
#include <string>
#include <vector>

namespace daybook::node {

/// An option of a command as it stands in a configuration file.
struct configured_option {
  std::string name;                ///< without dashes
  std::vector<std::string> values; ///< as they would stand on the command line; a list has several
};

/// What a configuration file holds.
struct config_file {
  std::vector<configured_option> options; ///< of the group `daybook`
  caf::settings system;                   ///< the group `caf`, which is the actor system's
};

/// Reads a file in CAF's configuration format. Errors, with `file`: `io` when it cannot be read;
/// `invalid_argument` (for a mistake in the format, with `line`) when it is not of that format, has
/// other groups than these two, or a group in the place of a value.
result<config_file> read_config_file(const std::string& path);

/// The same for a text; `path` is for errors.
result<config_file> parse_config_file(std::istream& text, const std::string& path);

} // namespace daybook::node
