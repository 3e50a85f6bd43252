#include "node/torture/run.hpp"

#include "node/end_signals.hpp"
#include "node/torture/interruptible.hpp"
#include "node/torture/scratch.hpp"
#include "node/torture/tortured_cluster.hpp"
#include "node/torture/tortured_node.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace daybook::node::torture {

namespace {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds progress_interval{200};
constexpr auto only_node = "node-0";

/// Room for a short run; in a long one the clients of this node come to only read.
constexpr std::uint64_t small_disk_bytes = 512 * 1024 * 1024;
/// About what a transaction takes, with its index.
constexpr std::uint64_t transaction_bytes = 500;

bool is_wanted(const torture_options& options, fault x) {
  return std::ranges::find(options.faults, x) != options.faults.end();
}

/// Why no disk can be filled; empty when the node has one that can.
std::string no_small_disk(const torture_options& options) {
  if (!is_wanted(options, fault::full_disk))
    return "not asked for";
  if (options.transactions * options.books * transaction_bytes > small_disk_bytes / 2)
    return "full-disk: the books are too large for a small disk in memory";
  auto mounts = begin_own_mounts();
  return mounts ? std::string{} : "full-disk: " + mounts.error().message() + "; run it as root";
}

/// On a disk of its own, if there can be one.
result<std::unique_ptr<tortured>> start_node(const torture_options& options, const scratch& all,
                                             torture_report& report) {
  auto reason = no_small_disk(options);
  if (!reason.empty() && is_wanted(options, fault::full_disk))
    report.skipped.push_back(reason);
  auto directory = all.directory(only_node);
  if (!directory)
    return fail(std::move(directory.error()));
  if (!reason.empty())
    return std::make_unique<tortured_node>(0, options, all, *directory + "/data", std::nullopt);
  auto mounted = all.directory(only_node + std::string{"/disk"}).and_then([](auto path) {
    return small_disk::mount(path, small_disk_bytes);
  });
  if (!mounted)
    return fail(std::move(mounted.error()));
  return std::make_unique<tortured_node>(0, options, all, *directory + "/disk/data",
                                         std::move(*mounted));
}

result<std::unique_ptr<tortured>> start(const torture_options& options, const scratch& all,
                                        torture_report& report) {
  return options.nodes == 1 ? start_node(options, all, report)
                            : tortured_cluster::start(options, all);
}

/// What lies on a small disk is gone with it.
void copy_evidence(const scratch& all) {
  std::error_code ignored;
  auto directory = all.path() + "/" + only_node;
  if (fs::exists(directory + "/disk/data", ignored))
    fs::copy(directory + "/disk/data", directory + "/data", fs::copy_options::recursive, ignored);
}

double torture_it(tortured& it, const torture_options& options, interruptible& wait,
                  const on_progress& progress) {
  auto began = steady::now();
  it.begin();
  auto seconds = [&] { return std::chrono::duration<double>(steady::now() - began).count(); };
  while (steady::now() < began + options.duration && wait.wait_for(progress_interval))
    progress("torturing", static_cast<std::uint64_t>(seconds()),
             static_cast<std::uint64_t>(options.duration.count()));
  auto elapsed = seconds();
  it.end_faults();
  it.settle();
  return elapsed;
}

} // namespace

result<torture_report> run(const torture_options& wanted, const on_progress& progress) {
  torture_report report;
  report.options = wanted;
  auto& options = report.options;
  std::erase_if(options.faults, [&](fault x) { return !is_possible(x, options.nodes); });
  end_signals signals;
  auto place = scratch::make(options.data);
  if (!place)
    return fail(std::move(place.error()));
  auto started = start(options, *place, report);
  if (!started)
    return fail(std::move(started.error()));
  auto& it = **started;
  interruptible wait;
  end_signal_watch watch{signals, [&wait] { wait.interrupt(); }};
  auto total =
      (options.transactions + options.accounts) * std::uint64_t{options.books} * options.nodes;
  auto prepared = it.prepare([&, done = std::uint64_t{0}](std::uint64_t more) mutable {
    progress("preparing", done += more, total);
    return wait.goes_on();
  });
  if (!prepared) {
    if (prepared.error().code() != ec::timed_out) // not only interrupted
      place->keep();
    return fail(std::move(prepared.error()));
  }
  report.seconds = torture_it(it, options, wait, progress);
  progress("checking", 0, 1);
  it.check(report);
  if (!report.passed() || options.keep) {
    place->keep();
    report.evidence = place->path();
    copy_evidence(*place);
  }
  return report;
}

} // namespace daybook::node::torture
