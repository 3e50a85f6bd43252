#include "node/top.hpp"

#include "actors/node_system.hpp"
#include "node/commands/define.hpp"
#include "node/terminal.hpp"

#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace daybook::node {

namespace {

struct top_options : node_command_options {
  std::uint64_t interval_ms = 1'000;
  bool once = false;
};

using steady = std::chrono::steady_clock;

timestamp wall_clock() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return timestamp{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

struct look {
  overview seen;
  steady::time_point at;
};

result<look> take_look(observer& cluster) {
  return cluster.look().map([](overview&& seen) { return look{std::move(seen), steady::now()}; });
}

std::vector<std::string> frame_of(const look& before, const look& now, frame_size size) {
  return top_frame(before.seen, now.seen, now.at - before.at, wall_clock(), size);
}

/// For a pipe, a file or a program: one frame.
result<void> print_once(observer& cluster, std::chrono::milliseconds interval, output& out) {
  auto before = take_look(cluster);
  if (!before)
    return fail(std::move(before.error()));
  std::this_thread::sleep_for(interval);
  return take_look(cluster).map([&](const look& now) {
    auto passed = now.at - before->at;
    for (auto& line :
         out.json() ? top_json(before->seen, now.seen, passed) : frame_of(*before, now, {}))
      out.line(line);
  });
}

result<void> show(observer& cluster, terminal& screen, std::chrono::milliseconds interval) {
  auto before = take_look(cluster);
  if (before)
    screen.show(frame_of(*before, *before, screen.size()));
  while (before) {
    if (screen.wait(interval) == terminal::wish::end)
      return {};
    auto now = take_look(cluster);
    if (!now)
      return fail(std::move(now.error()));
    screen.show(frame_of(*before, *now, screen.size()));
    before = std::move(now);
  }
  return fail(std::move(before.error()));
}

result<void> run_top(const top_options& options, output& out) {
  auto at = parse_address(options.connect);
  if (!at)
    return fail(std::move(at.error()));
  std::chrono::milliseconds interval{options.interval_ms};
  std::optional<terminal> screen;
  if (!options.once && !options.json && ::isatty(STDOUT_FILENO) == 1)
    screen.emplace(); // before there are other threads, which would get its signals
  auto cluster = observer::connect(*at, options.tls);
  if (!cluster)
    return fail(std::move(cluster.error()));
  return screen ? show(*cluster, *screen, interval) : print_once(*cluster, interval, out);
}

} // namespace

void add_top(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("top", "Shows rates and latencies as they change");
  auto& options = define(command, chosen, run_top);
  add_connect(command, options, "Any node of the cluster");
  command.add_flag("--once", options.once, "Prints one frame, of two looks, and ends");
  command.add_option("--interval-ms", options.interval_ms, "Between two looks (default: 1000)")
      ->check(is_count())
      ->check(CLI::Range(100, 3'600'000))
      ->type_name("MS");
  add_help(
      command, "daybook top --connect 127.0.0.1:7717",
      "For all nodes of the cluster: writes accepted and turned away a second, syncs, what\n"
      "goes to the logs, how long writes waited for their answers (of each batch, the one\n"
      "that waited longest), events in queues, and events that subscriptions have not been\n"
      "told of. Below, the books that are open or in trouble, busiest first: events a second,\n"
      "events in a batch, and how far the index and those who follow them are behind.\n"
      "Ends on q, ^C, or the end of the input. To a pipe or a file it prints one frame, and\n"
      "so with --json, which has the nodes alone.");
}

} // namespace daybook::node
