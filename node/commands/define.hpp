#pragma once

#include "node/commands/commands.hpp"
#include "node/session.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

// What commands have in common when they describe themselves.

namespace daybook::node {

struct common_options {
  bool json = false;
};

/// Options of a command that works on a directory or a node.
struct location_options : common_options {
  location where;
};

/// Options of a command that asks a node, and opens no directory.
struct node_command_options : common_options {
  std::string connect; ///< HOST:PORT
  actors::tls_files tls;
};

/// Options of a command that works on one book.
struct book_options : location_options {
  std::string book;
};

void add_options(CLI::App& command, common_options& to);
void add_options(CLI::App& command, location_options& to);
void add_options(CLI::App& command, book_options& to);

/// `--connect`, which names `what`, and how to connect.
void add_connect(CLI::App& command, node_command_options& to, const char* what);

/// The files of a command that connects to a node, or of a node.
void add_tls(CLI::App& command, actors::tls_files& to);
/// Ends parsing as wrong usage when they cannot be used.
void require_usable(const actors::tls_files& x);

/// Ends parsing as wrong usage unless the options fit together: for a location, when not exactly
/// one place is named. A command may have one of its own.
void require_consistent(const common_options&);
void require_consistent(const location_options& x);
void require_consistent(const node_command_options& x);

/// Gives a command the options of its kind, and `run` as what it does. The command adds options of
/// its own to the returned object, which lives as long as the parser.
template <class Options>
Options& define(CLI::App& command, request& chosen, result<void> (*run)(const Options&, output&)) {
  auto options = std::make_shared<Options>();
  add_options(command, *options);
  command.callback([options, &chosen, run] {
    require_consistent(*options);
    chosen.json = options->json;
    chosen.run = [options, run](output& out) { return run(*options, out); };
  });
  return *options;
}

/// Lets a command look at a directory beside the node that has it open.
CLI::Option* add_read_only(CLI::App& command, location_options& to);

/// `--as-of`, of which the text is kept; none is now. Errors: `invalid_argument`.
void add_as_of(CLI::App& command, std::string& to);
result<actors::moment> read_as_of(const std::string& text);

/// `--correlation-id` and `--causation-id` of a command that writes.
struct link_options {
  std::string correlation_id;
  std::string causation_id;
};
void add_link_options(CLI::App& command, link_options& to);
ledger::write linked(ledger::command what, const link_options& links);

/// For an option that is HOST:PORT.
CLI::Validator is_address();

/// For an option that `parse` reads, of which it keeps the text.
template <class T>
CLI::Validator is_read_by(result<T> (*parse)(std::string_view)) {
  auto problem = [parse](const std::string& text) {
    auto parsed = parse(text);
    return parsed ? std::string{} : parsed.error().message();
  };
  return {problem, ""};
}

/// For an option that is a name which keeps the rules of `check`.
inline CLI::Validator is_named_by(result<void> (*check)(std::string_view)) {
  auto problem = [check](const std::string& text) {
    auto valid = check(text);
    return valid ? std::string{} : valid.error().message();
  };
  return {problem, ""};
}

/// For an option that is a whole number from 0. The parser by itself would take -1 for 2^64 - 1.
CLI::Validator is_count();

/// For `--occurred-at` and `--metadata`. What is only too large is left to the rules.
CLI::Validator is_time();
CLI::Validator is_metadata();

/// The last paragraphs of a command's help: what its one-line description leaves open, if anything,
/// and an example.
void add_help(CLI::App& command, const std::string& example, const std::string& details = {});

/// A `--limit` that was not given.
inline constexpr auto no_limit = ~std::uint64_t{0};

} // namespace daybook::node
