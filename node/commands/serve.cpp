#include "node/serve.hpp"

#include "base/names.hpp"
#include "node/commands/define.hpp"
#include "node/logging.hpp"
#include "protocol/json_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace daybook::node {

namespace {

constexpr std::uint64_t segment_bytes_min = 64 * 1024;
constexpr std::uint64_t segment_bytes_max = 4'294'967'296;

struct serve_options : common_options {
  std::string data;
  std::string listen = "127.0.0.1:7717";
  std::uint64_t segment_bytes = log::log_options{}.segment_bytes;
  std::uint64_t snapshot_events = actors::node_options{}.snapshot_events;
  std::string restart = "bounded";
  std::vector<std::string> book_restart;
};

/// A flag for each policy of a node: for all books, and for some.
result<void> set_restarts(const serve_options& options, actors::node_options& node) {
  auto usual = actors::parse_restart_policy(options.restart);
  if (!usual)
    return fail(std::move(usual.error()));
  node.restarts = *usual;
  for (auto& text : options.book_restart) {
    auto at = text.find('=');
    if (at == text.npos)
      return fail(ec::invalid_argument,
                  "'" + printable(text) + "' is not BOOK=POLICY; write it like main=once",
                  {{"argument", printable(text)}});
    auto name = text.substr(0, at);
    if (auto valid = check_book_name(name); !valid)
      return fail(std::move(valid.error()));
    auto policy = actors::parse_restart_policy(std::string_view{text}.substr(at + 1));
    if (!policy)
      return fail(std::move(policy.error()));
    node.book_restarts[name] = *policy;
  }
  return {};
}

result<void> run_node(const serve_options& options, output& out) {
  log_for_server();
  auto listen = parse_address(options.listen);
  if (!listen)
    return fail(std::move(listen.error()));
  actors::node_options node;
  node.data = options.data;
  node.log.segment_bytes = options.segment_bytes;
  node.snapshot_events = options.snapshot_events;
  if (auto set = set_restarts(options, node); !set)
    return set;
  return serve(std::move(node), *listen, [&out](const address& real) {
    if (out.json())
      out.line(protocol::json_object{}.add("listening", to_string(real)).take());
    else
      out.line("listening on " + to_string(real));
    return out.finish();
  });
}

} // namespace

void add_serve(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("serve", "Runs a node until SIGTERM or SIGINT");
  auto& options = define(command, chosen, run_node);
  command.add_option("--data", options.data, "Data directory, created if missing")
      ->required()
      ->type_name("DIR");
  command
      .add_option("--listen", options.listen,
                  "Address for clients (default: 127.0.0.1:7717); port 0 takes a free one")
      ->check(is_address())
      ->type_name("HOST:PORT");
  command
      .add_option("--segment-bytes", options.segment_bytes,
                  "Size at which a file of the log is followed by the next (default: 128 MiB)")
      ->check(is_count())
      ->check(CLI::Range(segment_bytes_min, segment_bytes_max))
      ->type_name("BYTES");
  command
      .add_option("--snapshot-events", options.snapshot_events,
                  "Events between two snapshots of a book (default: 100000; 0: none)")
      ->check(is_count())
      ->type_name("N");
  command
      .add_option("--restart", options.restart,
                  "How often a book that fails is restarted: never, once, or restarts in a time "
                  "like 5/60s (default: 5/60s)")
      ->check(is_read_by(actors::parse_restart_policy))
      ->type_name("POLICY");
  command
      .add_option("--book-restart", options.book_restart, "The same for one book; may be repeated")
      ->type_name("BOOK=POLICY");
  add_help(command, "daybook serve --data ledger --listen 127.0.0.1:7717",
           "Prints `listening on HOST:PORT` once clients can connect, and logs to standard\n"
           "error. On a signal it makes durable what was accepted; a second signal does not\n"
           "wait for that. There is no access control: listen where you trust everybody.");
}

} // namespace daybook::node
