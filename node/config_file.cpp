#include "node/config_file.hpp"

#include "actors/node_system.hpp"
#include "base/names.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_value.hpp>
#include <caf/pec.hpp>
#include <caf/typed_message_view.hpp>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace daybook::node {

namespace {

/// Added behind the text: CAF 0.18 forgets, without a word, everything from a group that does not
/// end or a name with dots on.
constexpr auto last_name = "end-of-the-file";

tl::unexpected<error> refused(const std::string& path, const std::string& why) {
  return fail(ec::invalid_argument, "the configuration file " + printable(path) + " " + why,
              {{"file", printable(path)}});
}

/// CAF's parser says where it stopped: line and column, or only what it did not like.
tl::unexpected<error> not_understood(const std::string& path, const caf::error& reason) {
  auto context = reason.context();
  if (context.match_elements<int32_t, int32_t>()) {
    auto line = std::to_string(context.get_as<int32_t>(0));
    auto column = std::to_string(context.get_as<int32_t>(1));
    auto text = refused(path, "is not understood at line " + line + ", column " + column);
    return fail(std::move(text.value()).with("line", line));
  }
  return refused(path, "is not understood: " + caf::to_string(reason));
}

std::optional<std::vector<std::string>> values_of(const caf::config_value& x) {
  if (caf::holds_alternative<caf::settings>(x))
    return std::nullopt;
  std::vector<std::string> values;
  if (auto* list = caf::get_if<caf::config_value::list>(&x)) {
    for (auto& item : *list)
      values.push_back(caf::to_string(item));
    return values;
  }
  values.push_back(caf::to_string(x));
  return values;
}

} // namespace

result<config_file> read_config_file(const std::string& path) {
  errno = 0;
  std::ifstream text{path};
  // A directory can be opened, and fails when it is read.
  if (text)
    text.peek();
  if (text.bad() || !text.is_open())
    return fail(ec::io,
                "the configuration file " + printable(path) +
                    " cannot be read: " + std::strerror(errno),
                {{"file", printable(path)}});
  text.clear();
  return parse_config_file(text, path);
}

result<config_file> parse_config_file(std::istream& text, const std::string& path) {
  actors::register_types(); // what CAF says of a mistake is a message
  std::stringstream whole;
  whole << text.rdbuf();
  whole.clear(); // an empty text is no mistake
  whole << '\n' << last_name << " = true\n";
  auto parsed = caf::actor_system_config::parse_config(whole);
  if (!parsed)
    return not_understood(path, parsed.error());
  if (!parsed->contains(last_name))
    return refused(path, "is not understood to its end: is a brace missing, or a name with dots in "
                         "it? Write groups in braces");
  config_file found;
  for (auto& [group, content] : *parsed) {
    if (group == last_name)
      continue;
    auto* settings = caf::get_if<caf::settings>(&content);
    if (group == "caf" && settings) {
      found.system[group] = content;
      continue;
    }
    if (group != "daybook" || !settings)
      return refused(path, "has '" + printable(group) +
                               "' where only the groups 'daybook' and 'caf' may be");
    for (auto& [name, value] : *settings) {
      auto values = values_of(value);
      if (!values)
        return refused(path, "has a group '" + printable(name) + "' where an option should be");
      found.options.push_back({name, std::move(*values)});
    }
  }
  return found;
}

} // namespace daybook::node
