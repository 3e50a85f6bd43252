#include "node/config_file.hpp"

#include "actors/node_system.hpp"
#include "base/names.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/config_value.hpp>
#include <caf/pec.hpp>
#include <caf/typed_message_view.hpp>

#include <cctype>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

namespace daybook::node {

namespace {

/// Added behind the text: CAF 0.18 forgets, without a word, everything from a group that does not
/// end on.
constexpr auto last_name = "end-of-the-file";

constexpr std::uint64_t threads_max = 1'024;

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

bool is_of_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
}

/// A number begins with a digit or a sign, and may have a dot.
bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// Where a name with dots stands outside of quotes and comments, by line; CAF 0.18 forgets, without
/// a word, the group that it stands in.
std::optional<std::size_t> find_dotted_name(std::string_view text) {
  std::size_t line = 1;
  char closing = 0; // of what is passed over
  char first = 0;   // of the name or number at hand
  char last = 0;
  for (auto c : text) {
    if (closing != 0) {
      if (c == closing && (closing == '\n' || last != '\\'))
        closing = 0;
    } else if (c == '"' || c == '\'') {
      closing = c;
    } else if (c == '#' || c == '<') {
      closing = c == '#' ? '\n' : '>';
    } else if (c == '.' && is_of_name(last) && begins_name(first)) {
      return line;
    }
    if (!is_of_name(last))
      first = c;
    line += c == '\n' ? 1 : 0;
    last = c;
  }
  return std::nullopt;
}

/// Of the actor system only the number of its threads: a node does not work under every setting.
bool is_threads_only(const caf::settings& caf) {
  auto* scheduler = caf.size() == 1 && caf.contains("scheduler")
                        ? caf::get_if<caf::settings>(&caf.find("scheduler")->second)
                        : nullptr;
  if (!scheduler || scheduler->size() != 1 || !scheduler->contains("max-threads"))
    return false;
  auto threads = caf::get_as<std::uint64_t>(scheduler->find("max-threads")->second);
  return threads && *threads >= 1 && *threads <= threads_max;
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
  if (auto line = find_dotted_name(whole.str()))
    return refused(path, "has a name with dots in line " + std::to_string(*line) +
                             ": write groups in braces");
  whole << '\n' << last_name << " = true\n";
  auto parsed = caf::actor_system_config::parse_config(whole);
  if (!parsed)
    return not_understood(path, parsed.error());
  if (!parsed->contains(last_name))
    return refused(path, "is not understood to its end: is a brace missing?");
  config_file found;
  for (auto& [group, content] : *parsed) {
    if (group == last_name)
      continue;
    auto* settings = caf::get_if<caf::settings>(&content);
    if (group == "caf" && settings) {
      if (!is_threads_only(*settings))
        return refused(path, "has settings of CAF other than scheduler { max-threads = 1 to " +
                                 std::to_string(threads_max) + " }");
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
