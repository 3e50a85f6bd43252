#include "actors/cluster/cluster_admin.hpp"
#include "actors/cluster/placement.hpp"
#include "actors/cluster/refusals.hpp"
#include "node/commands/define.hpp"
#include "protocol/json_text.hpp"

#include <string>
#include <utility>

namespace daybook::node {

namespace {

using protocol::json_object;

struct cluster_command : node_command_options {
  std::string node;
  std::string book;
  std::string address;
  bool force = false;
};

result<cluster_admin> connect(const cluster_command& options) {
  auto at = parse_address(options.connect);
  if (!at)
    return fail(std::move(at.error()));
  return cluster_admin::connect(*at, options.tls);
}

std::string json_of(const cluster_member& x) {
  return json_object{}
      .add("node", x.node)
      .add("address", to_string(x.at))
      .add("leaving", x.leaving)
      .take();
}

std::string json_of(const shard_map& x) {
  std::string members;
  for (auto& member : x.members)
    members += (members.empty() ? "" : ",") + json_of(member);
  json_object pins;
  for (auto& [book, node] : x.pins)
    pins.add(book, node);
  return json_object{}
      .add("version", x.version)
      .add_json("nodes", "[" + members + "]")
      .add_json("pins", pins.take())
      .take();
}

result<void> print(output& out, const shard_map& x) {
  if (out.json()) {
    out.line(json_of(x));
    return {};
  }
  out.line("version " + std::to_string(x.version));
  for (auto& member : x.members)
    out.row({"node", member.node, to_string(member.at), member.leaving ? "leaving" : "member"});
  for (auto& [book, node] : x.pins)
    out.row({"pin", book, node});
  return {};
}

// -- commands -------------------------------------------------------------------------------------

std::string_view state_of(const actors::node_view& x) {
  if (!x.is_up)
    return "down";
  return x.member.leaving ? "leaving" : "up";
}

result<void> print_status(output& out, const actors::cluster_status& x) {
  for (auto& node : x.nodes) {
    if (out.json()) {
      out.line(json_object{}
                   .add("node", node.member.node)
                   .add("address", to_string(node.member.at))
                   .add("up", node.is_up)
                   .add("leaving", node.member.leaving)
                   .add("has_map", node.has_map)
                   .add("misplaced_books", node.strays)
                   .add("problem", node.problem)
                   .add("map_version", x.map.version)
                   .take());
      continue;
    }
    auto map = node.has_map ? "map " + std::to_string(x.map.version) : "older map";
    auto strays = node.strays == 0 ? "" : std::to_string(node.strays) + " misplaced books";
    auto more = node.problem.empty() ? strays : node.problem;
    out.row({node.member.node, to_string(node.member.at), state_of(node), map, more});
  }
  return {};
}

result<void> show_status(const cluster_command& options, output& out) {
  return connect(options)
      .and_then([](const cluster_admin& cluster) { return cluster.status(); })
      .and_then([&](const actors::cluster_status& status) { return print_status(out, status); });
}

/// Asks for a map, or for a change of it, and prints what came of it.
template <class Ask>
result<void> show_map(const cluster_command& options, output& out, Ask ask) {
  return connect(options).and_then(ask).and_then(
      [&](const shard_map& map) { return print(out, map); });
}

result<void> run_map(const cluster_command& options, output& out) {
  if (options.book.empty())
    return show_map(options, out, [](const cluster_admin& cluster) { return cluster.map(); });
  auto map = connect(options).and_then([](const cluster_admin& cluster) { return cluster.map(); });
  if (!map)
    return fail(std::move(map.error()));
  auto* place = actors::place_of(*map, options.book);
  if (!place)
    return fail(actors::has_no_place(options.book));
  if (out.json())
    out.line(json_object{}.add("book", options.book).add_json("place", json_of(*place)).take());
  else
    out.row({options.book, place->node, to_string(place->at)});
  return {};
}

result<void> run_add_node(const cluster_command& options, output& out) {
  auto at = parse_address(options.address);
  if (!at)
    return fail(std::move(at.error()));
  return show_map(options, out,
                  [&](const cluster_admin& cluster) { return cluster.add_node(*at); });
}

result<void> run_remove_node(const cluster_command& options, output& out) {
  return show_map(options, out, [&](const cluster_admin& cluster) {
    return cluster.remove_node(options.node, options.force);
  });
}

result<void> run_pin(const cluster_command& options, output& out) {
  return show_map(options, out, [&](const cluster_admin& cluster) {
    return cluster.pin(options.book, options.node);
  });
}

result<void> run_unpin(const cluster_command& options, output& out) {
  return show_map(options, out,
                  [&](const cluster_admin& cluster) { return cluster.unpin(options.book); });
}

// -- what the command line knows ------------------------------------------------------------------

using runner = result<void> (*)(const cluster_command&, output&);

CLI::App& add(CLI::App& cluster, request& chosen, const char* name, const char* what, runner run,
              cluster_command*& options) {
  auto& command = *cluster.add_subcommand(name, what);
  options = &define(command, chosen, run);
  add_connect(command, *options, "Any node of the cluster");
  return command;
}

CLI::Option* add_node_option(CLI::App& command, cluster_command& options) {
  return command.add_option("--node", options.node, "Name of the node")
      ->required()
      ->type_name("NODE");
}

CLI::Option* add_book_option(CLI::App& command, cluster_command& options) {
  return command.add_option("--book", options.book, "Name of the book")->type_name("BOOK");
}

void add_changes(CLI::App& cluster, request& chosen) {
  cluster_command* options = nullptr;
  auto& more =
      add(cluster, chosen, "add-node", "Makes a running node a member", run_add_node, options);
  more.add_option("--address", options->address, "Where the new node listens")
      ->required()
      ->check(is_address())
      ->type_name("HOST:PORT");
  add_help(more, "daybook cluster add-node --connect db1:7717 --address db4:7717",
           "The node was started with a --node-id of its own, and has no books. It gets its share\n"
           "of those that are there, one after the other, and they are written meanwhile.");
  auto& less = add(cluster, chosen, "remove-node", "Has a node leave when its books are elsewhere",
                   run_remove_node, options);
  add_node_option(less, *options);
  less.add_flag("--force", options->force, "At once: the node is lost, and its books are given up");
  add_help(less, "daybook cluster remove-node --connect db1:7717 --node db4");
  auto& pin = add(cluster, chosen, "pin", "Says which node a book belongs to", run_pin, options);
  add_book_option(pin, *options)->required();
  add_node_option(pin, *options);
  add_help(pin, "daybook cluster pin --connect db1:7717 --book main --node db2");
  auto& unpin = add(cluster, chosen, "unpin", "Lets the book's name say where it belongs",
                    run_unpin, options);
  add_book_option(unpin, *options)->required();
  add_help(unpin, "daybook cluster unpin --connect db1:7717 --book main");
}

} // namespace

void add_cluster(CLI::App& program, request& chosen) {
  auto& cluster = *program.add_subcommand("cluster", "The nodes of a cluster and their books");
  cluster.require_subcommand(1);
  cluster_command* options = nullptr;
  auto& status = add(cluster, chosen, "status", "Prints the nodes, as one of them sees the others",
                     show_status, options);
  add_help(status, "daybook cluster status --connect db1:7717");
  auto& map = add(cluster, chosen, "map", "Prints the shard map, or where one book belongs",
                  run_map, options);
  add_book_option(map, *options);
  add_help(map, "daybook cluster map --connect db1:7717 --book main");
  add_changes(cluster, chosen);
}

} // namespace daybook::node
