#include "node/commands/define.hpp"

#include "actors/net/tls_identity.hpp"
#include "base/address.hpp"
#include "base/names.hpp"
#include "base/timestamp.hpp"
#include "node/arguments.hpp"
#include "protocol/json_lines.hpp"

#include <cstdio>
#include <utility>

namespace daybook::node {

namespace {

std::string metadata_problem(const std::string& text) {
  auto parsed = protocol::compact_metadata(text, limits{});
  auto is_wrong = !parsed && parsed.error().code() != ec::limit_exceeded;
  return is_wrong ? parsed.error().message() : std::string{};
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

CLI::Validator is_address() { return is_read_by(parse_address); }
CLI::Validator is_count() { return is_read_by(parse_count); }
CLI::Validator is_time() { return is_read_by(parse_timestamp); }
CLI::Validator is_metadata() { return {metadata_problem, ""}; }

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
  add_tls(command, to.where.tls);
}

void add_options(CLI::App& command, book_options& to) {
  add_options(command, static_cast<location_options&>(to));
  command.add_option("--book", to.book, "Name of the book")->required()->type_name("BOOK");
}

CLI::Option* add_read_only(CLI::App& command, location_options& to) {
  return command.add_flag("--read-only", to.where.read_only,
                          "With --data: look, beside a running node, at what is durable");
}

void add_as_of(CLI::App& command, std::string& to) {
  command
      .add_option("--as-of", to,
                  "As it was after this event, or after the last one committed by this time")
      ->check(is_read_by(parse_moment))
      ->type_name("SEQ|TIME");
}

void add_link_options(CLI::App& command, link_options& to) {
  command.add_option("--correlation-id", to.correlation_id, "What it is a part of")
      ->type_name("ID");
  command.add_option("--causation-id", to.causation_id, "What caused it: an event's id")
      ->type_name("ID");
}

ledger::write linked(ledger::command what, const link_options& links) {
  ledger::write x;
  x.what = std::move(what);
  x.correlation_id = links.correlation_id;
  x.causation_id = links.causation_id;
  return x;
}

result<actors::moment> read_as_of(const std::string& text) {
  return text.empty() ? actors::moment{} : parse_moment(text);
}

void require_consistent(const common_options&) {}

void add_connect(CLI::App& command, node_command_options& to, const char* what) {
  command.add_option("--connect", to.connect, std::string{what} + " (port 7717 unless given)")
      ->required()
      ->check(is_address())
      ->type_name("HOST:PORT");
  add_tls(command, to.tls);
}

void add_tls(CLI::App& command, actors::tls_files& to) {
  auto add = [&command](const char* name, std::string& file, const char* what) {
    command.add_option(name, file, what)->type_name("FILE")->group("TLS");
  };
  add("--tls-cert", to.certificate, "Certificate by which others know this process (PEM)");
  add("--tls-key", to.key, "Its private key (PEM)");
  add("--tls-ca", to.authorities, "Certificates of who may have signed those of others (PEM)");
  add("--tls-passphrase-file", to.passphrase, "File whose first line decrypts the key");
}

void require_usable(const actors::tls_files& x) {
  if (!x.any())
    return;
  if (auto loaded = actors::tls_identity::load(x); !loaded)
    throw CLI::ValidationError{"--tls-cert", loaded.error().message()};
}

void require_consistent(const node_command_options& x) { require_usable(x.tls); }

void require_consistent(const location_options& x) {
  require_usable(x.where.tls);
  if (x.where.tls.any() && x.where.connect.empty())
    throw CLI::ExcludesError{"--tls-cert", "--data"};
  if (x.where.data.empty() && x.where.connect.empty())
    throw CLI::RequiredError{"--data DIR or --connect HOST:PORT"};
  if (!x.where.data.empty() && !x.where.connect.empty())
    throw CLI::ExcludesError{"--data", "--connect"};
  if (x.where.read_only && x.where.data.empty())
    throw CLI::ExcludesError{"--read-only", "--connect"};
}

void add_help(CLI::App& command, const std::string& example, const std::string& details) {
  command.footer((details.empty() ? "" : details + "\n\n") + "Example:\n  " + example);
}

} // namespace daybook::node
