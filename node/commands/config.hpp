#pragma once

#include <CLI/CLI.hpp>
#include <caf/settings.hpp>

namespace daybook::node {

/// Gives a command `--config FILE`: its options may stand in a file (node/config_file.hpp), under
/// their names. What is on the command line goes before what is in the file. Settings of the actor
/// system in the file go to `system`. Call it after the command has all its options. A file that
/// cannot be used ends parsing as wrong usage.
void add_config_file(CLI::App& command, caf::settings& system);

} // namespace daybook::node
