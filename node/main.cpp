#include "node/commands/commands.hpp"
#include "node/logging.hpp"

#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace {

using namespace daybook;
using namespace daybook::node;

enum exit_code : int { success = 0, failure = 1, wrong_usage = 2 };

/// Ends as other programs do that write to a pipe which nobody reads: quietly, by SIGPIPE. Until
/// here it was ignored, so that everything has been closed in good order.
[[noreturn]] void end_by_broken_pipe() {
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  std::abort();
}

int run(const request& chosen) {
  output out{stdout, chosen.json};
  auto done = chosen.run(out);
  auto written = out.finish();
  if (done && out.reader_is_gone())
    end_by_broken_pipe();
  for (auto* outcome : {&done, &written})
    if (!*outcome)
      print_error(outcome->error(), chosen.json);
  return done && written ? success : failure;
}

} // namespace

int main(int argc, char** argv) try {
  std::signal(SIGPIPE, SIG_IGN);
  // Books are nobody else's. What we create says so itself; RocksDB leaves it to this.
  ::umask(S_IRWXG | S_IRWXO);
  log_for_command();
  CLI::App program{"Daybook: a double-entry ledger whose log is the truth.", "daybook"};
  program.set_version_flag("--version", "daybook " DAYBOOK_VERSION);
  program.require_subcommand(1);
  program.footer("`daybook COMMAND --help` describes a command and shows an example.\n"
                 "Exit status: 0 done, 1 refused or failed, 2 wrong usage.");
  request chosen;
  for (auto* add : commands)
    add(program, chosen);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    if (problem.get_exit_code() == 0) // help or version
      return program.exit(problem);
    print_usage_problem(program, problem);
    return wrong_usage;
  }
  return run(chosen);
} catch (const std::exception& problem) {
  std::fprintf(stderr, "daybook: unexpected failure: %s\n", problem.what());
  return failure;
}
