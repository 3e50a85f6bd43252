// The simulator: runs seeds, says which one fails and why, and shows that it finds deliberate bugs.
// scripts/simulate is its front door.

#include "actors/logging.hpp"
#include "tests/simulation/bugs.hpp"
#include "tests/simulation/simulation.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

using namespace daybook::simulation;

namespace {

struct arguments {
  std::uint64_t seed = 1;
  std::uint64_t seeds = 1;
  double minutes = 0;
  std::uint64_t actions = 300;
  bool print = false;
  bool verbose = false;
  std::string bug;
  bool list_bugs = false;
};

/// What a run leaves behind, beside its trace.
struct verdict {
  std::optional<std::string> violation;
  std::string summary;
  std::uint64_t lines = 0;
  std::uint64_t hash = 0;
};

trace* running = nullptr;
std::uint64_t running_seed = 0;

void show_recent(const trace& told) {
  for (auto& line : told.recent())
    fmt::print("{}\n", line);
}

/// A check of the product failed: that is a finding like any other, but the process is over.
void on_abort(int) {
  if (running)
    show_recent(*running);
  fmt::print("seed {} FAILS: a check of the program failed\n", running_seed);
  std::fflush(stdout);
  std::_Exit(1);
}

verdict run_once(const run_options& options, trace& told) {
  running = &told;
  running_seed = options.seed;
  verdict found;
  {
    simulation run{options, told};
    run.run();
    found.summary = run.summary();
  }
  found.violation = told.first_violation();
  found.lines = told.lines();
  found.hash = told.hash();
  running = nullptr;
  return found;
}

run_options options_of(std::uint64_t seed, const arguments& args) {
  run_options options;
  options.seed = seed;
  options.actions = args.actions;
  if (auto* wanted = find_bug(args.bug))
    options.bugs = wanted->make();
  return options;
}

bool still_fails(run_options options, const arguments& args) {
  if (auto* wanted = find_bug(args.bug))
    options.bugs = wanted->make();
  trace quiet;
  return run_once(options, quiet).violation.has_value();
}

/// Leaves out what the failure does not need: kinds of misfortunes, and what is done after it.
run_options shrink(run_options options, const arguments& args) {
  constexpr std::array kinds{std::pair{"disk faults", &misfortunes::disk_faults},
                             std::pair{"full disks", &misfortunes::full_disks},
                             std::pair{"power losses", &misfortunes::power_losses},
                             std::pair{"process kills", &misfortunes::process_kills},
                             std::pair{"book kills", &misfortunes::book_kills},
                             std::pair{"client kills", &misfortunes::client_kills},
                             std::pair{"lost indexes", &misfortunes::lost_indexes},
                             std::pair{"index faults", &misfortunes::index_faults},
                             std::pair{"lost snapshots", &misfortunes::lost_snapshots},
                             std::pair{"rot", &misfortunes::rot},
                             std::pair{"clock jumps", &misfortunes::clock_jumps}};
  std::string left_out;
  for (auto& [name, kind] : kinds) {
    auto smaller = options;
    smaller.with.*kind = false;
    if (!still_fails(smaller, args))
      continue;
    options = smaller;
    left_out += (left_out.empty() ? "" : ", ") + std::string{name};
  }
  for (auto actions = options.actions / 2; actions > 0; actions /= 2) {
    auto smaller = options;
    smaller.actions = actions;
    if (!still_fails(smaller, args))
      break;
    options = smaller;
  }
  fmt::print("shrunk: it fails with {} actions, and without {}\n", options.actions,
             left_out.empty() ? "leaving anything out" : left_out);
  return options;
}

bool run_seed(std::uint64_t seed, const arguments& args) {
  auto is_shown = args.print || args.verbose;
  trace told{args.verbose ? trace::output::everything
             : args.print ? trace::output::events
                          : trace::output::none};
  auto found = run_once(options_of(seed, args), told);
  if (is_shown)
    fmt::print("seed {}: {}; {} lines, hash {:016x}\n", seed, found.summary, found.lines,
               found.hash);
  if (!found.violation)
    return true;
  if (!is_shown) {
    auto smaller = shrink(options_of(seed, args), args);
    if (auto* wanted = find_bug(args.bug))
      smaller.bugs = wanted->make();
    trace again;
    auto what = run_once(smaller, again).violation;
    show_recent(again);
    if (what != found.violation)
      fmt::print("before it was made smaller: {}\n", *found.violation);
  }
  fmt::print("seed {} FAILS: {}\n  {}\n", seed, *found.violation, found.summary);
  return false;
}

/// A run with a deliberate bug may trip a check of the program, so each has a process of its own.
/// What it found comes back through a pipe; empty when it found nothing.
std::string catch_in_child(std::uint64_t seed, const arguments& args) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    return "no pipe";
  std::fflush(stdout);
  auto child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    (void)!freopen("/dev/null", "w", stderr);
    trace told;
    auto found = run_once(options_of(seed, args), told);
    auto text = found.violation.value_or("");
    (void)!write(ends[1], text.data(), text.size());
    std::_Exit(0);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = read(ends[0], buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSIGNALED(status))
    return text;
  return WTERMSIG(status) == SIGABRT ? "a check of the program fails" : "the program crashes";
}

/// One line for the table: the bug, the seeds it took, what caught it.
bool catch_bug(const arguments& args) {
  for (std::uint64_t i = 0; i < args.seeds; ++i) {
    auto found = catch_in_child(args.seed + i, args);
    if (found.empty())
      continue;
    fmt::print("{}\t{}\t{}\n", args.bug, i + 1, found);
    return true;
  }
  fmt::print("{} is not caught in {} seeds\n", args.bug, args.seeds);
  return false;
}

int run(const arguments& args) {
  if (args.list_bugs) {
    for (auto& x : all_bugs())
      fmt::print("{}\t{}\n", x.name, x.what);
    return 0;
  }
  if (!args.bug.empty() && !find_bug(args.bug)) {
    fmt::print(stderr, "there is no bug '{}': see --list-bugs\n", args.bug);
    return 2;
  }
  if (!args.bug.empty() && !args.print && !args.verbose)
    return catch_bug(args) ? 0 : 1;
  auto begun = std::chrono::steady_clock::now();
  auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  };
  std::uint64_t done = 0;
  for (; args.minutes > 0 ? elapsed() < 60 * args.minutes : done < args.seeds; ++done)
    if (!run_seed(args.seed + done, args))
      return 1;
  if (!args.print && !args.verbose)
    fmt::print("{} seeds from {}: all well, {:.1f} a second\n", done, args.seed,
               static_cast<double>(done) / elapsed());
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs a book, its clients and its machine from a seed, and judges what they say"};
  arguments args;
  app.add_option("--seed", args.seed, "The first seed");
  app.add_option("--seeds", args.seeds, "How many seeds to run, one after the other");
  app.add_option("--minutes", args.minutes, "Run seeds until so many minutes are over");
  app.add_option("--actions", args.actions, "What clients do in one run");
  app.add_flag("--trace", args.print, "Print what happens");
  app.add_flag("--verbose", args.verbose, "Print every call of the disk and every step as well");
  app.add_option("--bug", args.bug, "Run until this deliberate bug is caught");
  app.add_flag("--list-bugs", args.list_bugs, "Print the deliberate bugs");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGABRT, on_abort);
  // What the node logs about its misfortunes is in the trace already.
  spdlog::register_logger(std::make_shared<spdlog::logger>(
      daybook::actors::logger_name, std::make_shared<spdlog::sinks::null_sink_mt>()));
  return run(args);
}
