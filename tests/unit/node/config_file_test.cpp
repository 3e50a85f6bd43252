#include "node/config_file.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/temporary_directory.hpp"

#include <catch2/catch_all.hpp>

#include <sstream>

using namespace daybook;
using namespace daybook::node;
using namespace daybook::test;

namespace {

result<config_file> parse(const std::string& text) {
  std::istringstream stream{text};
  return parse_config_file(stream, "node.conf");
}

std::vector<std::string> values(const config_file& file, const std::string& name) {
  for (auto& option : file.options)
    if (option.name == name)
      return option.values;
  return {};
}

} // namespace

TEST_CASE("a configuration file has options of a command and settings of the actor system") {
  auto file = parse(R"(
    # A comment.
    daybook {
      data = "/var/lib/daybook"
      segment-bytes = 1048576
      json = true
      book-restart = ["main=once", "spare=never"]
    }
    caf {
      scheduler {
        max-threads = 3
      }
    }
  )");
  REQUIRE(file);
  CHECK(file->options.size() == 4);
  CHECK(values(*file, "data") == std::vector<std::string>{"/var/lib/daybook"});
  CHECK(values(*file, "segment-bytes") == std::vector<std::string>{"1048576"});
  CHECK(values(*file, "json") == std::vector<std::string>{"true"});
  CHECK(values(*file, "book-restart") == std::vector<std::string>{"main=once", "spare=never"});
  CHECK(caf::get_or(file->system, "caf.scheduler.max-threads", std::size_t{0}) == 3);
}

TEST_CASE("an empty configuration file says nothing") {
  auto file = parse("");
  REQUIRE(file);
  CHECK(file->options.empty());
  CHECK(file->system.empty());
}

TEST_CASE("what is wrong with a configuration file is said in one sentence") {
  auto [text, words] = GENERATE(table<std::string, std::string>({
      {"daybook {\n  data = \n}", "line"},
      {"daybook { data = \"x }", "not understood"},
      {"daybook { data = \"x\"", "end"},
      {"caf.scheduler.max-threads = 3", "dots in line 1"},
      {"daybook { data = \"a.b\" }\ncaf { scheduler.max-threads = 3 }\n", "dots in line 2"},
      {"# C:\\\ndaybook { a.b = 1 }\n", "dots in line 2"},
      {"daybook { n = -1.5\n a_1.b = 1 }\n", "dots in line 2"},
      {"caf { scheduler { max-threads = 0 } }", "max-threads"},
      {"caf { scheduler { max-threads = \"four\" } }", "max-threads"},
      {"caf { scheduler { policy = \"testing\" } }", "max-threads"},
      {"caf { middleman { x = 1 } }", "max-threads"},
      {"data = \"x\"", "'data'"},
      {"day { data = \"x\" }", "'day'"},
      {"daybook { log { segment-bytes = 1 } }", "'log'"},
      {"daybook = 3", "'daybook'"},
  }));
  CAPTURE(text);
  auto file = parse(text);
  REQUIRE_FALSE(file);
  CHECK(file.error().code() == ec::invalid_argument);
  CHECK_THAT(file.error().message(), Catch::Matchers::ContainsSubstring(words));
  CHECK_THAT(file.error().message(), Catch::Matchers::ContainsSubstring("node.conf"));
  CHECK(file.error().message().find('\n') == std::string::npos);
}

TEST_CASE("a configuration file that cannot be read is an error") {
  temporary_directory directory;
  for (auto& path : {directory.path() + "/none", directory.path()}) {
    auto file = read_config_file(path);
    REQUIRE_FALSE(file);
    CHECK(file.error().code() == ec::io);
    CHECK_THAT(file.error().message(), Catch::Matchers::ContainsSubstring(path));
  }
}
