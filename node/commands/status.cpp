#include "actors/cluster/observer.hpp"
#include "base/names.hpp"
#include "node/commands/define.hpp"
#include "node/cursor_rows.hpp"
#include "node/overview_rows.hpp"
#include "node/states.hpp"
#include "protocol/json_text.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace daybook::node {

namespace {

using protocol::json_object;

struct status_options : location_options {
  std::string book;
};

/// All that a book says of itself, asked one after the other: a later part may know of more events.
struct book_view {
  actors::book_info supervision;
  actors::book_status status;
  actors::frontier frontier;
  actors::book_pressure pressure;
  std::vector<actors::cursor_info> cursors;
};

using numbers = std::vector<std::pair<const char*, std::uint64_t>>;

numbers numbers_of(const book_view& x) {
  auto& status = x.status;
  return {
      {"epoch", status.epoch.value()},
      {"accepted", x.frontier.accepted.value()},
      {"written", x.frontier.written.value()},
      {"durable", x.frontier.durable.value()},
      {"indexed", status.indexed.value()},
      {"snapshot", status.snapshot.value()},
      {"assets", status.assets},
      {"accounts", status.accounts},
      {"hot_keys", status.hot_keys},
      {"subscriptions", status.subscriptions},
      {"subscription_lag", status.subscription_lag},
      {"applied_lag", status.applied_lag},
      {"queued", x.pressure.queued},
      {"queue_capacity", x.pressure.capacity},
      {"overloaded", status.overloaded},
      {"batches", status.batches},
      {"events", status.events},
      {"bytes", status.bytes},
      {"syncs", status.syncs},
  };
}

/// As the first half of its transaction ids.
std::string id_of(const actors::book_status& x) {
  auto id = daybook::to_string(transaction_id{x.id, {}});
  return id.substr(0, id.size() / 2);
}

void print_rows(output& out, const actors::book_info& x) {
  out.row({"book", x.name});
  out.row({"state", to_string(x.phase)});
  out.row({"restarts", std::to_string(x.restarts)});
  if (!x.last_failure.empty())
    out.row({"last_failure", daybook::to_string(x.failed_at), x.last_failure});
}

json_object json_of(const actors::book_info& x) {
  json_object line;
  line.add("book", x.name).add("state", to_string(x.phase)).add("restarts", x.restarts);
  if (!x.last_failure.empty())
    line.add("last_failure", x.last_failure).add("failed_at", daybook::to_string(x.failed_at));
  return line;
}

void print_rows(output& out, const book_view& x) {
  print_rows(out, x.supervision);
  out.row({"id", id_of(x.status)});
  for (auto& [name, number] : numbers_of(x))
    out.row({name, std::to_string(number)});
  out.row({"queue_bound", x.pressure.what});
  if (x.status.fence_until)
    out.row({"fence_until", daybook::to_string(*x.status.fence_until)});
  for (auto& mark : x.frontier.applied)
    out.row({"applied", mark.name, std::to_string(mark.seq.value())});
  for (auto& cursor : x.cursors)
    out.row({"cursor", cursor.name, std::to_string(cursor.position.value()),
             std::to_string(lag_of(cursor)), cursor.held ? "held" : "free"});
}

template <class Range, class ToJson>
std::string list_of(const Range& xs, ToJson to_json) {
  std::string list = "[";
  for (auto& x : xs) {
    list += list.size() > 1 ? "," : "";
    list += to_json(x);
  }
  return list + "]";
}

void print_json(output& out, const book_view& x) {
  auto line = json_of(x.supervision);
  line.add("id", id_of(x.status));
  for (auto& [name, number] : numbers_of(x))
    line.add(name, number);
  line.add("queue_bound", x.pressure.what);
  if (x.status.fence_until)
    line.add("fence_until", daybook::to_string(*x.status.fence_until));
  line.add("read_only", x.status.read_only)
      .add_json(
          "applied",
          list_of(x.frontier.applied,
                  [](const actors::applied_mark& mark) {
                    return json_object{}.add("name", mark.name).add("seq", mark.seq.value()).take();
                  }))
      .add_json("cursors", list_of(x.cursors, [](const actors::cursor_info& cursor) {
                  return to_json(cursor);
                }));
  out.line(line.take());
}

result<book_view> look_at(const book_client& book) {
  book_view seen;
  auto looked = book.cursors()
                    .and_then([&](std::vector<actors::cursor_info> x) {
                      seen.cursors = std::move(x);
                      return book.pressure();
                    })
                    .and_then([&](actors::book_pressure x) {
                      seen.pressure = std::move(x);
                      return book.frontier();
                    })
                    .and_then([&](actors::frontier x) {
                      seen.frontier = std::move(x);
                      return book.status();
                    });
  if (!looked)
    return fail(std::move(looked.error()));
  seen.status = std::move(*looked);
  return seen;
}

/// What the supervisor knows. Opening a book tells it more, so it is asked after that.
result<actors::book_info> ask_supervisor(const client& node, const std::string& name) {
  auto books = node.books();
  if (!books)
    return fail(std::move(books.error()));
  auto found = std::ranges::find(*books, name, &actors::book_info::name);
  if (found == books->end())
    return fail(ec::not_found, "there is no book '" + printable(name) + "'", {{"what", name}});
  return std::move(*found);
}

/// The books of a directory, which this process opens, as a node has them.
result<overview> look_at_directory(const location& where) {
  auto opened = open_client(where, access::existing);
  if (!opened)
    return fail(std::move(opened.error()));
  auto books = opened->books();
  if (!books)
    return fail(std::move(books.error()));
  node_overview own;
  own.is_up = own.is_ready = true;
  for (auto& found : *books) {
    auto& x = own.books.emplace_back();
    auto seen = opened->book(found.name, actors::open_mode::existing).and_then(look_at);
    if (seen)
      x.details = book_details{std::move(seen->status), std::move(seen->pressure)};
    else
      x.problem = seen.error().message();
    x.info = std::move(found);
  }
  // Opening a book has told the supervisor more.
  if (auto after = opened->books())
    for (auto& x : own.books)
      if (auto info = std::ranges::lower_bound(*after, x.info.name, {}, &actors::book_info::name);
          info != after->end() && info->name == x.info.name)
        x.info = std::move(*info);
  return overview{0, {std::move(own)}};
}

result<overview> look_at_nodes(const location& where) {
  return parse_address(where.connect)
      .and_then([&](const address& at) { return observer::connect(at, where.tls); })
      .and_then([](observer cluster) { return cluster.look(); });
}

result<void> print_overview(const location& where, output& out) {
  auto seen = where.connect.empty() ? look_at_directory(where) : look_at_nodes(where);
  return seen.map([&](const overview& x) { print(out, x); });
}

/// Of a book that cannot be opened there is still something to say.
result<void> print_status(const status_options& options, output& out) {
  if (options.book.empty())
    return print_overview(options.where, out);
  auto node = open_client(options.where, access::existing);
  if (!node)
    return fail(std::move(node.error()));
  auto book = node->book(options.book, actors::open_mode::existing);
  auto supervision = ask_supervisor(*node, options.book);
  if (!supervision)
    return fail(std::move(book ? supervision.error() : book.error()));
  if (!book) {
    out.json() ? out.line(json_of(*supervision).take()) : print_rows(out, *supervision);
    return fail(std::move(book.error()));
  }
  auto seen = look_at(*book);
  if (!seen)
    return fail(std::move(seen.error()));
  seen->supervision = std::move(*supervision);
  out.json() ? print_json(out, *seen) : print_rows(out, *seen);
  return {};
}

} // namespace

void add_status(CLI::App& program, request& chosen) {
  auto& command =
      *program.add_subcommand("status", "Prints how nodes and their books are, or one book");
  auto& options = define(command, chosen, print_status);
  command.add_option("--book", options.book, "Name of a book: all that is known of it")
      ->type_name("BOOK");
  add_read_only(command, options);
  add_help(command, "daybook status --connect 127.0.0.1:7717",
           "Without --book: all nodes of the cluster, also those that do not answer, and all\n"
           "books. behind: events that whoever follows a book and is furthest behind was not\n"
           "told of, or has not applied; of a node, what all subscriptions were not told of.\n"
           "No book is opened for it.\n\n"
           "With --book, columns: what, value. state is running, restarting, no_space (the disk is "
           "full: only\n"
           "read), failed (only read: see `daybook book restart`), opening or closed; restarts\n"
           "and last_failure are since the node was started. accepted, written and durable are the "
           "seqs that far; indexed\n"
           "and snapshot, up to where those go (0: there is none). What is counted is counted\n"
           "since the book was opened. When queued comes to queue_capacity writes are turned\n"
           "away; queue_bound says what these count: events, their bytes, or answers that\n"
           "wait. fence_until: a fence is active, and when the book will cancel it.");
}

} // namespace daybook::node
