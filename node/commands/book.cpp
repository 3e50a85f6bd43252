#include "actors/cluster/cluster_admin.hpp"
#include "actors/cluster/placement.hpp"
#include "node/commands/define.hpp"
#include "protocol/json_text.hpp"

namespace daybook::node {

namespace {

result<void> list_books(const location_options& options, output& out) {
  auto opened = open_client(options.where, access::existing);
  if (!opened)
    return fail(std::move(opened.error()));
  auto books = opened->books();
  if (!books)
    return fail(std::move(books.error()));
  for (auto& book : *books) {
    if (out.json()) {
      protocol::json_object line;
      line.add("book", book.name);
      if (!book.node.empty())
        line.add("node", book.node);
      out.line(line.add("open", book.open).take());
    } else if (book.node.empty()) {
      out.line(book.name);
    } else {
      out.row({book.name, book.node});
    }
  }
  return {};
}

result<void> restart_book(const book_options& options, output& out) {
  auto node = open_client(options.where, access::existing);
  if (!node)
    return fail(std::move(node.error()));
  return node->restart_book(options.book).map([&] {
    if (out.json())
      out.line(protocol::json_object{}.add("restarted", options.book).take());
    else
      out.line("restarted " + options.book);
  });
}

struct move_options : node_command_options {
  std::string book;
  std::string to;
};

result<void> move_book(const move_options& options, output& out) {
  auto at = parse_address(options.connect);
  if (!at)
    return fail(std::move(at.error()));
  auto moved = cluster_admin::connect(*at, options.tls).and_then([&](const cluster_admin& cluster) {
    return cluster.move_book(options.book, options.to);
  });
  if (!moved)
    return fail(std::move(moved.error()));
  if (out.json())
    out.line(protocol::json_object{}
                 .add("moved", options.book)
                 .add("node", options.to)
                 .add("map_version", moved->version)
                 .take());
  else
    out.line("moved " + options.book + " to " + options.to);
  return {};
}

void add_move(CLI::App& book, request& chosen) {
  auto& move = *book.add_subcommand("move", "Brings a book to another node of its cluster");
  auto& options = define(move, chosen, move_book);
  add_connect(move, options, "Any node of the cluster");
  move.add_option("--book", options.book, "Name of the book")->required()->type_name("BOOK");
  move.add_option("--to", options.to, "Name of the node that is to have it, and keep it")
      ->required()
      ->type_name("NODE");
  add_help(move, "daybook book move --connect db1:7717 --book main --to db2",
           "Returns when the node has the book, which is written meanwhile, and pins it there:\n"
           "`daybook cluster unpin` lets it go back to where its name says.");
}

} // namespace

void add_book(CLI::App& program, request& chosen) {
  auto& book = *program.add_subcommand("book", "Books of a directory or node");
  book.require_subcommand(1);
  auto& list = *book.add_subcommand("list", "Prints the names of the books, sorted");
  auto& options = define(list, chosen, list_books);
  add_read_only(list, options);
  add_help(list, "daybook book list --data ledger",
           "In a cluster, the books of all nodes, each with the node that has it.");
  auto& restart =
      *book.add_subcommand("restart", "Ends a book in good order and opens it with fresh restarts");
  define(restart, chosen, restart_book);
  add_help(restart, "daybook book restart --connect 127.0.0.1:7717 --book main",
           "For a book that has failed too often (`daybook status`): remove the cause first.");
  add_move(book, chosen);
}

} // namespace daybook::node
