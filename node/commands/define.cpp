#include "node/commands/define.hpp"

#include "base/names.hpp"
#include "node/address.hpp"

#include <cstdio>

namespace daybook::node {

namespace {

std::string address_problem(const std::string& text) {
  auto parsed = parse_address(text);
  return parsed ? std::string{} : parsed.error().message();
}

} // namespace

void print_usage_problem(const CLI::App& program, const CLI::ParseError& problem) {
  auto command = program.get_name();
  for (auto used = program.get_subcommands(); !used.empty(); used = used[0]->get_subcommands())
    command += " " + used[0]->get_name();
  std::string text = problem.what();
  // The parser asks for a command before it says that it does not know the one it was given.
  if (auto unknown = program.remaining(true);
      !unknown.empty() &&
      problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError))
    text = "'" + unknown.front() + "' is not known here";
  std::fprintf(stderr, "daybook: %s; see `%s --help`\n", printable(text).c_str(), command.c_str());
}

CLI::Validator is_address() { return {address_problem, ""}; }

void add_options(CLI::App& command, common_options& to) {
  command.add_flag("--json", to.json, "Print JSON: one object, or one a line for a list");
}

void add_options(CLI::App& command, location_options& to) {
  add_options(command, static_cast<common_options&>(to));
  command.add_option("--data", to.where.data, "Data directory, opened by this process")
      ->type_name("DIR");
  command.add_option("--connect", to.where.connect, "Node to ask instead (port 7717 unless given)")
      ->type_name("HOST:PORT")
      ->check(is_address());
}

void add_options(CLI::App& command, book_options& to) {
  add_options(command, static_cast<location_options&>(to));
  command.add_option("--book", to.book, "Name of the book")->required()->type_name("BOOK");
}

void require_one_place(const common_options&) {}

void require_one_place(const location_options& x) {
  if (x.where.data.empty() && x.where.connect.empty())
    throw CLI::RequiredError{"--data DIR or --connect HOST:PORT"};
  if (!x.where.data.empty() && !x.where.connect.empty())
    throw CLI::ExcludesError{"--data", "--connect"};
}

void add_help(CLI::App& command, const std::string& example, const std::string& details) {
  command.footer((details.empty() ? "" : details + "\n\n") + "Example:\n  " + example);
}

} // namespace daybook::node
