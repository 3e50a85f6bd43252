#include "node/commands/config.hpp"

#include "base/names.hpp"
#include "node/config_file.hpp"

#include <string>

namespace daybook::node {

namespace {

[[noreturn]] void refuse(const std::string& why) { throw CLI::ValidationError{"--config", why}; }

/// As if it had been on the command line, unless it was there.
void apply(CLI::App& command, const configured_option& x, const std::string& path) {
  auto* option = command.get_option_no_throw("--" + x.name);
  if (!option || !option->get_configurable())
    refuse("the configuration file " + printable(path) + " has '" + printable(x.name) +
           "', which is no option of `daybook " + command.get_name() + "` for a file");
  if (option->count() > 0)
    return;
  if (x.values.empty() && option->get_expected_max() > 1)
    return; // a list of none
  if (x.values.empty())
    refuse("in the configuration file " + printable(path) + ", '" + x.name + "' has no value");
  try {
    option->add_result(x.values);
    option->run_callback();
  } catch (const CLI::ParseError& problem) {
    refuse("in the configuration file " + printable(path) + ", " + problem.what());
  }
}

} // namespace

void add_config_file(CLI::App& command, caf::settings& system) {
  auto read = [&command, &system](const std::string& path) {
    auto file = read_config_file(path);
    if (!file)
      refuse(file.error().message());
    for (auto& option : file->options)
      apply(command, option, path);
    system = std::move(file->system);
  };
  command.get_help_ptr()->configurable(false);
  command
      .add_option_function<std::string>(
          "--config", read,
          "File with options of this command, which come before it on the command line")
      ->configurable(false)
      ->type_name("FILE");
}

} // namespace daybook::node
