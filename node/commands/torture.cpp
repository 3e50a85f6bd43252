#include "node/torture/run.hpp"

#include "node/commands/define.hpp"
#include "node/progress.hpp"

#include "base/random.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace daybook::node {

namespace {

constexpr auto list_separator = ',';

struct torture_command : common_options {
  torture::torture_options run;
  std::uint64_t seconds = static_cast<std::uint64_t>(torture::torture_options{}.duration.count());
  double fault_seconds = 3;
  std::uint64_t timeout_ms = static_cast<std::uint64_t>(torture::torture_options{}.timeout.count());
  std::optional<std::uint64_t> seed;
  std::vector<std::string> faults;
};

/// Shows each part of the work as a bar of its own.
class torture_progress {
public:
  void update(std::string_view what, std::uint64_t done, std::uint64_t total) {
    if (what != what_) {
      what_ = what;
      bar_.reset();
      bar_.emplace(work{what_, what_ == "torturing" ? "seconds" : "items", total});
    }
    bar_->update(done);
  }

private:
  std::string what_;
  std::optional<progress> bar_;
};

/// This program, also when it was found through the path or has been replaced on disk since.
std::string own_program() {
  std::error_code problem;
  auto path = std::filesystem::read_symlink("/proc/self/exe", problem);
  return problem ? std::string{"/proc/self/exe"} : path.string();
}

torture::torture_options to_run(const torture_command& x) {
  auto run = x.run;
  run.duration = std::chrono::seconds{x.seconds};
  run.fault_every = std::chrono::milliseconds{static_cast<std::int64_t>(x.fault_seconds * 1e3)};
  run.timeout = std::chrono::milliseconds{x.timeout_ms};
  run.seed = x.seed ? *x.seed : system_random().next() >> 32;
  if (run.program.empty())
    run.program = own_program();
  if (x.faults.empty())
    return run;
  run.faults.clear();
  for (auto& name : x.faults)
    if (torture::fault kind{}; torture::from_string(name, kind))
      run.faults.push_back(kind);
  return run;
}

result<void> run_torture(const torture_command& options, output& out) {
  std::optional<torture_progress> bar{std::in_place};
  auto report = torture::run(
      to_run(options), [&](auto what, auto done, auto total) { bar->update(what, done, total); });
  bar.reset();
  if (!report)
    return fail(std::move(report.error()));
  if (out.json())
    out.line(torture::to_json(*report));
  else
    out.write(torture::to_text(*report));
  if (report->passed())
    return {};
  return fail(ec::corrupt,
              "the nodes broke their promises; the histories, the data and the logs are kept in " +
                  report->evidence,
              {{"path", report->evidence}});
}

/// What is wrong usage and no matter of one option.
void require_consistent(const torture_command& x) {
  for (auto& name : x.faults)
    if (torture::fault kind{};
        torture::from_string(name, kind) && !torture::is_possible(kind, x.run.nodes))
      throw CLI::ValidationError{
          "--faults",
          "'" + name + "' is for " +
              (x.run.nodes == 1 ? "several nodes: more --nodes" : "a node by itself: --nodes 1")};
}

std::string fault_problem(const std::string& text) {
  torture::fault ignored{};
  if (text == "none" || torture::from_string(text, ignored))
    return {};
  std::string names;
  for (auto x : torture::all_faults())
    names += std::string{torture::to_string(x)} + ", ";
  return "'" + text + "' is no fault: choose of " + names + "none";
}

void add_load_options(CLI::App& command, torture::torture_options& to) {
  command.add_option("--nodes", to.nodes, "Node processes; more than one are a cluster")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.add_option("--books", to.books, "Books of each node")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command.add_option("--clients", to.clients, "Clients of each book")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command.add_option("--accounts", to.accounts, "Accounts of each book")
      ->check(CLI::Range(2, 10'000'000))
      ->capture_default_str();
  command
      .add_option("--transactions", to.transactions,
                  "Transactions written to each book before the faults begin")
      ->check(CLI::Range(0UL, 1'000'000'000UL))
      ->capture_default_str();
}

void add_fault_options(CLI::App& command, torture_command& to) {
  command.add_option("--seconds,--duration", to.seconds, "How long there are faults")
      ->check(CLI::Range(1, 10'000'000))
      ->type_name("S")
      ->capture_default_str();
  command
      .add_option("--kill-every,--fault-every", to.fault_seconds,
                  "Mean seconds between two faults of one node, of which half are kills, between\n"
                  "two partitions and between two moves")
      ->check(CLI::Range(0.05, 1e6))
      ->type_name("S")
      ->capture_default_str();
  command
      .add_option("--faults", to.faults,
                  "Which, with commas: kill, pause, restart, full-disk (of one node),\n"
                  "lose-index, lose-snapshots, partition, move (of several nodes), or none\n"
                  "(default: all that can be)")
      ->delimiter(list_separator)
      ->check(CLI::Validator{fault_problem, ""})
      ->type_name("LIST");
  command
      .add_option("--timeout-ms", to.timeout_ms,
                  "How long a client waits for an answer before it asks again")
      ->check(CLI::Range(10, 600'000))
      ->type_name("MS")
      ->capture_default_str();
  command
      .add_option("--seed", to.seed,
                  "Repeats the faults and the transactions of a run (default: a random one)")
      ->check(is_count())
      ->type_name("N");
}

void add_node_options(CLI::App& command, torture::torture_options& to) {
  command
      .add_option("--data", to.data,
                  "Existing directory, on the disk to be tested, in which a scratch directory is "
                  "made")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_option("--snapshot-events", to.snapshot_events, "As of `daybook serve`")
      ->check(is_count())
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--segment-bytes", to.segment_bytes, "As of `daybook serve`")
      ->check(CLI::Range(65'536UL, 4'294'967'296UL))
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_option("--program", to.program, "The daybook to be tested (default: this one)")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  command.add_flag("--keep", to.keep, "Keep the scratch directory, also when all is well");
}

} // namespace

void add_torture(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand(
      "torture", "Kills, pauses and starves nodes under load, and proves what they promise");
  auto& options = define(command, chosen, run_torture);
  add_fault_options(command, options);
  add_load_options(command, options.run);
  add_node_options(command, options.run);
  add_help(command, "daybook torture --seconds 600 --data /srv/scratch",
           "Runs real nodes on a scratch directory, with clients that write and read all the\n"
           "time, while each node is killed, stopped, paused, restarted, robbed of its index or\n"
           "its snapshots. A node by itself (--nodes 1) also has no room on its disk (in memory;\n"
           "takes root). Several nodes are one cluster: the network between them and to the\n"
           "clients is cut, and books are moved. The clients use any node, and each book has a\n"
           "follower.\n"
           "Every answer is written down with its times. Then all of them are judged by the logs:\n"
           "nothing acknowledged is lost, no key is posted twice, seqs have no holes, balances\n"
           "are the sums of their postings, debits equal credits, no read shows less than what\n"
           "was known before or more than what was asked for, epochs grow, nobody writes to a\n"
           "book beside its owner, followers are told all events once and in order.\n"
           "Exit status: 0 all is well, 1 a promise was broken and the evidence is kept, or the\n"
           "run could not begin, 2 wrong usage. Ctrl-C ends the faults and judges what there is.\n"
           "Judging takes about 100 bytes of memory for each transaction of a book.");
}

} // namespace daybook::node
