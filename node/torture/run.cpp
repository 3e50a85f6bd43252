#include "node/torture/run.hpp"

#include "node/end_signals.hpp"
#include "node/torture/scratch.hpp"
#include "node/torture/tortured_node.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

namespace daybook::node::torture {

namespace {

namespace fs = std::filesystem;
using steady = std::chrono::steady_clock;

constexpr std::chrono::milliseconds progress_interval{200};

/// Room for a short run; in a long one the clients of this node come to only read.
constexpr std::uint64_t small_disk_bytes = 512 * 1024 * 1024;
/// About what a transaction takes, with its index.
constexpr std::uint64_t transaction_bytes = 500;

/// Waits that somebody may cut short.
class interruptible {
public:
  void interrupt() {
    {
      std::lock_guard guard{mutex_};
      is_over_ = true;
    }
    changed_.notify_all();
  }

  bool goes_on() { return wait_for({}); }

  /// False when it was interrupted.
  bool wait_for(std::chrono::milliseconds time) {
    std::unique_lock guard{mutex_};
    return !changed_.wait_for(guard, time, [this] { return is_over_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_over_ = false;
};

/// Where the data of a node lies, and the disk under it, if it has one of its own.
struct node_place {
  std::string data;
  std::optional<small_disk> disk{};
};

bool is_wanted(const torture_options& options, fault x) {
  return std::ranges::find(options.faults, x) != options.faults.end();
}

/// Why no disk can be filled; empty when the last node has one that can.
std::string no_small_disk(const torture_options& options) {
  if (!is_wanted(options, fault::full_disk))
    return "not asked for";
  if (options.transactions * options.books * transaction_bytes > small_disk_bytes / 2)
    return "full-disk: the books are too large for a small disk in memory";
  auto mounts = begin_own_mounts();
  return mounts ? std::string{} : "full-disk: " + mounts.error().message() + "; run it as root";
}

result<node_place> make_place(const scratch& all, std::uint32_t number, bool on_small_disk) {
  auto directory = all.directory("node-" + std::to_string(number));
  if (!directory)
    return fail(std::move(directory.error()));
  node_place place{*directory + "/data"};
  if (!on_small_disk)
    return place;
  auto mounted = all.directory("node-" + std::to_string(number) + "/disk").and_then([](auto path) {
    return small_disk::mount(path, small_disk_bytes);
  });
  if (!mounted)
    return fail(std::move(mounted.error()));
  place.disk = std::move(*mounted);
  place.data = *directory + "/disk/data";
  return place;
}

/// What lies on a small disk is gone with it.
void copy_evidence(const scratch& all, std::uint32_t nodes) {
  std::error_code ignored;
  for (std::uint32_t n = 0; n < nodes; ++n) {
    auto directory = all.path() + "/node-" + std::to_string(n);
    if (fs::exists(directory + "/disk/data", ignored))
      fs::copy(directory + "/disk/data", directory + "/data", fs::copy_options::recursive, ignored);
  }
}

using nodes = std::vector<std::unique_ptr<tortured_node>>;

result<nodes> start_nodes(const torture_options& options, const scratch& all,
                          torture_report& report) {
  auto reason = no_small_disk(options);
  if (!reason.empty() && is_wanted(options, fault::full_disk))
    report.skipped.push_back(reason);
  std::vector<node_place> places;
  for (std::uint32_t n = 0; n < options.nodes; ++n) {
    auto place = make_place(all, n, reason.empty() && n + 1 == options.nodes);
    if (!place)
      return fail(std::move(place.error()));
    places.push_back(std::move(*place));
  }
  nodes started;
  for (std::uint32_t n = 0; n < options.nodes; ++n)
    started.push_back(std::make_unique<tortured_node>(n, options, all, std::move(places[n].data),
                                                      std::move(places[n].disk)));
  return started;
}

result<void> prepare(nodes& all, const torture_options& options, interruptible& wait,
                     const on_progress& progress) {
  auto total =
      (options.transactions + options.accounts) * std::uint64_t{options.books} * options.nodes;
  std::uint64_t done = 0;
  for (auto& node : all) {
    auto prepared = node->prepare([&](std::uint64_t more) {
      progress("preparing", done += more, total);
      return wait.goes_on();
    });
    if (!prepared)
      return prepared;
  }
  return {};
}

double torture_all(nodes& all, const torture_options& options, interruptible& wait,
                   const on_progress& progress) {
  auto began = steady::now();
  for (auto& node : all)
    node->begin();
  auto seconds = [&] { return std::chrono::duration<double>(steady::now() - began).count(); };
  while (steady::now() < began + options.duration && wait.wait_for(progress_interval))
    progress("torturing", static_cast<std::uint64_t>(seconds()),
             static_cast<std::uint64_t>(options.duration.count()));
  auto elapsed = seconds();
  for (auto& node : all)
    node->end_faults();
  for (auto& node : all)
    node->settle();
  return elapsed;
}

} // namespace

result<torture_report> run(const torture_options& options, const on_progress& progress) {
  torture_report report;
  report.options = options;
  end_signals signals;
  auto place = scratch::make(options.data);
  if (!place)
    return fail(std::move(place.error()));
  auto started = start_nodes(options, *place, report);
  if (!started)
    return fail(std::move(started.error()));
  interruptible wait;
  end_signal_watch watch{signals, [&wait] { wait.interrupt(); }};
  if (auto prepared = prepare(*started, options, wait, progress); !prepared) {
    if (prepared.error().code() != ec::timed_out) // not only interrupted
      place->keep();
    return fail(std::move(prepared.error()));
  }
  report.seconds = torture_all(*started, options, wait, progress);
  std::uint64_t checked = 0;
  for (auto& node : *started) {
    progress("checking", checked++, started->size());
    node->check(report);
  }
  if (!report.passed() || options.keep) {
    place->keep();
    report.evidence = place->path();
    copy_evidence(*place, options.nodes);
  }
  return report;
}

} // namespace daybook::node::torture
