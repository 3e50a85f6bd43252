#include "actors/cluster/cluster_admin.hpp"
#include "node/commands/define.hpp"
#include "protocol/json_text.hpp"

#include <chrono>
#include <string>

namespace daybook::node {

namespace {

struct health_options : node_command_options {
  std::uint64_t timeout_ms = 2'000;
};

/// A node is ready when it answers, takes books, and knows its cluster if it is in one.
result<void> check_health(const health_options& options, output& out) {
  auto at = parse_address(options.connect);
  if (!at)
    return fail(std::move(at.error()));
  auto timeout = std::chrono::milliseconds{options.timeout_ms};
  return check_ready(*at, timeout, options.tls).map([&] {
    if (out.json())
      out.line(protocol::json_object{}.add("ready", true).take());
    else
      out.line("ready");
  });
}

} // namespace

void add_health(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("health", "Says whether a node is ready");
  auto& options = define(command, chosen, check_health);
  add_connect(command, options, "The node");
  command
      .add_option("--timeout-ms", options.timeout_ms,
                  "How long it may take to answer (default: 2000)")
      ->check(is_count())
      ->check(CLI::Range(1, 3'600'000))
      ->type_name("MS");
  add_help(command, "daybook health --connect 127.0.0.1:7717",
           "Exits 0 only when the node is ready: it answers and opens books, and in a cluster it\n"
           "knows the others. For probes of orchestrators.");
}

} // namespace daybook::node
