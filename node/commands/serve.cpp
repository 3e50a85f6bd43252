#include "node/serve.hpp"

#include "actors/cluster/placement.hpp"
#include "base/names.hpp"
#include "node/commands/config.hpp"
#include "node/commands/define.hpp"
#include "node/listening.hpp"
#include "node/logging.hpp"
#include "protocol/json_text.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::node {

namespace {

constexpr std::uint64_t segment_bytes_min = 64 * 1024;
constexpr std::uint64_t mib = 1024 * 1024;
constexpr std::uint64_t segment_bytes_max = 4'294'967'296;

struct serve_options : common_options {
  std::string data;
  std::string listen = "127.0.0.1:7717";
  std::string metrics_listen;
  std::uint64_t segment_bytes = log::log_options{}.segment_bytes;
  std::uint64_t snapshot_events = actors::node_options{}.snapshot_events;
  std::uint64_t hot_keys = actors::node_options{}.hot_keys_max;
  std::uint64_t index_cache_bytes = actors::node_options{}.index_cache_bytes;
  std::uint64_t index_write_buffer_bytes = actors::node_options{}.index_write_buffer_bytes;
  std::uint64_t key_filter_bytes = actors::node_options{}.key_filter_bytes;
  std::uint64_t disks = actors::node_options{}.disks;
  std::uint64_t readers = actors::node_options{}.readers;
  std::uint64_t idle_seconds = 600;
  std::uint64_t drain_seconds = 60;
  std::uint64_t open_books = actors::node_options{}.open_books_max;
  std::string node_id;
  std::string advertise;
  std::vector<std::string> peers;
  actors::transport_options network;
  bool insecure = false;
  bool hand_over = false;
  std::string restart = "bounded";
  std::vector<std::string> book_restart;
  caf::settings system; ///< of the actor system, from a file
};

struct book_policy {
  std::string book;
  actors::restart_policy policy;
};

/// BOOK=POLICY. Errors: `invalid_argument`, `invalid_name`.
result<book_policy> parse_book_policy(std::string_view text) {
  auto at = text.find('=');
  if (at == text.npos)
    return fail(ec::invalid_argument,
                "'" + printable(text) + "' is not BOOK=POLICY; write it like main=once",
                {{"argument", printable(text)}});
  std::string name{text.substr(0, at)};
  if (auto valid = check_book_name(name); !valid)
    return fail(std::move(valid.error()));
  auto policy = actors::parse_restart_policy(text.substr(at + 1));
  if (!policy)
    return fail(std::move(policy.error()));
  return book_policy{std::move(name), *policy};
}

/// NODE=HOST:PORT. Errors: `invalid_argument`, `invalid_name`.
result<cluster_member> parse_peer(std::string_view text) {
  auto at = text.find('=');
  if (at == text.npos)
    return fail(ec::invalid_argument,
                "'" + printable(text) + "' is not NODE=HOST:PORT; write it like db2=10.0.0.2:7717",
                {{"argument", printable(text)}});
  std::string name{text.substr(0, at)};
  if (auto valid = actors::check_node_name(name); !valid)
    return fail(std::move(valid.error()));
  auto where = parse_address(text.substr(at + 1));
  if (!where)
    return fail(std::move(where.error()));
  return cluster_member{std::move(name), std::move(*where)};
}

/// What is wrong usage and no matter of one option.
void require_consistent(const serve_options& x) {
  if (x.node_id.empty() && !(x.peers.empty() && x.advertise.empty() && !x.hand_over))
    throw CLI::ValidationError{
        "--node-id", "a node with peers, an advertised address or books to hand over needs a name "
                     "of its own"};
  require_usable(x.network.tls);
  auto listen = parse_address(x.listen);
  if (!x.node_id.empty() && x.advertise.empty() && listen && is_any_address(listen->host))
    throw CLI::ValidationError{
        "--advertise", "a node of a cluster that listens on all addresses has to say by which one "
                       "the others reach it"};
  if (listen && !x.network.tls.any() && !x.insecure && !is_loopback(listen->host))
    throw CLI::ValidationError{
        "--listen", "whoever reaches " + x.listen +
                        " could do anything to the books: give --tls-cert, --tls-key and --tls-ca, "
                        "listen on a loopback address, or say --insecure"};
}

/// An address, or a port of this machine alone.
result<address> parse_metrics_address(std::string_view text) {
  auto is_port = text.find_first_not_of("0123456789") == text.npos;
  return parse_address(is_port ? "127.0.0.1:" + std::string{text} : std::string{text});
}

result<void> say(output& out, const listening_at& x) {
  if (out.json()) {
    protocol::json_object line;
    line.add("listening", to_string(x.clients));
    if (x.metrics)
      line.add("metrics", to_string(*x.metrics));
    out.line(line.take());
  } else {
    out.line("listening on " + to_string(x.clients));
    if (x.metrics)
      out.line("metrics on http://" + to_string(*x.metrics) + "/metrics");
  }
  return out.finish();
}

/// Whether the node is one of several, and how.
result<void> set_cluster(const serve_options& options, actors::node_options& node) {
  if (options.node_id.empty())
    return {};
  auto& cluster = node.cluster.emplace();
  cluster.node = options.node_id;
  for (auto& text : options.peers) {
    auto peer = parse_peer(text);
    if (!peer)
      return fail(std::move(peer.error()));
    cluster.peers.push_back(std::move(*peer));
  }
  if (options.advertise.empty())
    return {};
  auto own = parse_address(options.advertise);
  if (!own)
    return fail(std::move(own.error()));
  cluster.advertise = std::move(*own);
  return {};
}

/// A flag for each policy of a node: for all books, and for some.
result<void> set_restarts(const serve_options& options, actors::node_options& node) {
  auto usual = actors::parse_restart_policy(options.restart);
  if (!usual)
    return fail(std::move(usual.error()));
  node.restarts = *usual;
  for (auto& text : options.book_restart) {
    auto parsed = parse_book_policy(text);
    if (!parsed)
      return fail(std::move(parsed.error()));
    node.book_restarts[parsed->book] = parsed->policy;
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
  node.snapshot_at_end = true;
  node.hot_keys_max = options.hot_keys;
  node.index_cache_bytes = options.index_cache_bytes;
  node.index_write_buffer_bytes = options.index_write_buffer_bytes;
  node.key_filter_bytes = options.key_filter_bytes;
  node.disks = options.disks;
  node.readers = options.readers;
  node.idle_time = std::chrono::seconds{options.idle_seconds};
  node.open_books_max = options.open_books;
  if (auto set = set_restarts(options, node); !set)
    return set;
  if (auto set = set_cluster(options, node); !set)
    return set;
  std::optional<address> metrics;
  if (!options.metrics_listen.empty()) {
    auto at = parse_metrics_address(options.metrics_listen);
    if (!at)
      return fail(std::move(at.error()));
    metrics = std::move(*at);
  }
  return serve({.node = std::move(node),
                .listen = std::move(*listen),
                .metrics = std::move(metrics),
                .network = options.network,
                .system = options.system,
                .drain_limit = std::chrono::seconds{options.drain_seconds},
                .hand_over = options.hand_over},
               [&out](const listening_at& real) { return say(out, real); });
}

/// What makes a node one of several.
void add_membership(CLI::App& command, serve_options& options) {
  command
      .add_option("--node-id", options.node_id,
                  "Name of the node in its cluster, for ever; without it the node is by itself")
      ->check(is_named_by(actors::check_node_name))
      ->type_name("NODE");
  command
      .add_option("--peer", options.peers,
                  "Another node that the cluster begins with; may be repeated")
      ->check(is_read_by(parse_peer))
      ->type_name("NODE=HOST:PORT");
  command
      .add_option("--advertise", options.advertise,
                  "Address by which others reach the node (default: where it listens)")
      ->check(is_address())
      ->type_name("HOST:PORT");
}

/// For a node that does not come back.
void add_leaving(CLI::App& command, serve_options& options) {
  command.add_flag("--hand-over", options.hand_over,
                   "On a signal, leave the cluster: the other nodes get the books, as many as can "
                   "be moved in --drain-seconds");
}

/// Who may reach the node, and what they may use of it.
void add_security(CLI::App& command, serve_options& options) {
  add_tls(command, options.network.tls);
  command.add_flag("--insecure", options.insecure,
                   "Listen without TLS where others than this machine may reach the port");
  auto& limits = options.network.limits;
  command
      .add_option("--connections", limits.connections_max,
                  "Connections at a time; whoever comes then is turned away (default: 1000)")
      ->check(is_count())
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command
      .add_option("--peer-subscriptions", limits.subscriptions_max,
                  "Subscriptions of one connection, over all books (default: 4096)")
      ->check(is_count())
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
}

/// What a node may use, for those who know their machine.
void add_resources(CLI::App& command, serve_options& options) {
  auto add = [&command](const char* name, std::uint64_t& to, std::uint64_t least,
                        std::uint64_t most, const char* unit, const char* what) {
    command.add_option(name, to, what)
        ->check(is_count())
        ->check(CLI::Range(least, most))
        ->type_name(unit);
  };
  add("--hot-keys", options.hot_keys, 1'000, 1'000'000'000, "N",
      "Idempotency keys of a book in memory; older ones are in the index (default: 850000)");
  add("--index-cache-bytes", options.index_cache_bytes, mib, mib << 20, "BYTES",
      "Memory for what is read from the index, of all books (default: 64 MiB)");
  add("--index-write-buffer-bytes", options.index_write_buffer_bytes, 8 * mib, mib << 16, "BYTES",
      "Memory for what goes to the index, of all books (default: 64 MiB)");
  add("--key-filter-bytes", options.key_filter_bytes, 0, mib << 20, "BYTES",
      "Memory that knows new keys without the disk, of all books (default: 512 MiB)");
  add("--idle-seconds", options.idle_seconds, 0, 1'000'000'000, "S",
      "A book that nobody has used for so long is closed until it is asked for (default: 600; 0: "
      "never)");
  add("--drain-seconds", options.drain_seconds, 0, 1'000'000, "S",
      "The longest that a node may take to end after a signal (default: 60; 0: as long as it "
      "takes)");
  add("--open-books", options.open_books, 1, 1'000'000, "N",
      "When more are open, those that nobody uses are closed after a second (default: 1000)");
  add("--disks", options.disks, 1, 1'000, "N",
      "Threads that write logs, of which a book uses one (default: 4)");
  add("--readers", options.readers, 1, 1'000, "N",
      "Threads that read logs and the index (default: 1)");
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
      .add_option("--metrics-listen", options.metrics_listen,
                  "Address where Prometheus finds the metrics, over HTTP; a port alone is of this "
                  "machine (default: nowhere)")
      ->check(is_read_by(parse_metrics_address))
      ->type_name("[HOST:]PORT");
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
      ->check(is_read_by(parse_book_policy))
      ->type_name("BOOK=POLICY");
  add_membership(command, options);
  add_leaving(command, options);
  add_security(command, options);
  add_resources(command, options);
  add_config_file(command, options.system);
  add_help(command, "daybook serve --data ledger --listen 127.0.0.1:7717",
           "Prints `listening on HOST:PORT` once clients can connect, and logs to standard\n"
           "error. On a signal it makes durable what was accepted; a second signal does not\n"
           "wait for that. Whoever can connect can do everything: with TLS those are the holders\n"
           "of certificates, without it the node listens on loopback addresses only.");
}

} // namespace daybook::node
