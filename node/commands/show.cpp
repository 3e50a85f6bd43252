#include "node/asset_precisions.hpp"
#include "node/commands/define.hpp"
#include "node/event_lookup.hpp"
#include "node/rows.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace daybook::node {

namespace {

constexpr auto columns = "Columns: as of `daybook events`.";

struct show_options : book_options {
  std::string event;
  std::string key;
};

struct ancestors_options : book_options {
  std::string event;
  std::uint64_t limit = 100;
};

/// The assets are asked for after the events, so that they have every one that these name.
result<void> print_all(const book_client& book, const std::vector<actors::recorded_event>& events,
                       output& out) {
  return asset_precisions::of(book).map([&](const asset_precisions& precisions) {
    for (auto& event : events)
      print(out, event, precisions);
  });
}

result<actors::recorded_event> find_event(const book_client& book, const show_options& options) {
  if (!options.key.empty())
    return book.transaction_by_key(options.key);
  return parse_event_name(options.event).and_then([&](const event_name& name) {
    return node::find_event(book, name);
  });
}

result<void> show(const show_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto event = find_event(*book, options);
  if (!event)
    return fail(std::move(event.error()));
  return print_all(*book, {std::move(*event)}, out);
}

result<void> print_ancestors(const ancestors_options& options, output& out) {
  auto name = parse_event_name(options.event);
  if (!name)
    return fail(std::move(name.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  auto limit = static_cast<std::uint32_t>(std::min(options.limit, most));
  auto events = find_id(*book, *name).and_then([&](const transaction_id& id) {
    return book->ancestors(id, limit);
  });
  if (!events)
    return fail(std::move(events.error()));
  return print_all(*book, *events, out);
}

} // namespace

void add_show(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("show", "Prints one event, such as a transaction");
  auto& options = define(command, chosen, show);
  auto& which = *command.add_option_group("event");
  which.add_option("EVENT", options.event, "Its id, or its seq")
      ->check(is_read_by(parse_event_name))
      ->type_name("");
  which.add_option("--key", options.key, "Idempotency key of a transaction")->type_name("KEY");
  which.require_option(1);
  add_read_only(command, options);
  add_help(command, "daybook show --data ledger --book main --key rent-2024-05 --json", columns);
}

void add_ancestors(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand(
      "ancestors", "Prints what caused an event, what caused that, and so on");
  auto& options = define(command, chosen, print_ancestors);
  command.add_option("EVENT", options.event, "Its id, or its seq")
      ->required()
      ->check(is_read_by(parse_event_name))
      ->type_name("");
  command
      .add_option("--limit", options.limit, "At most so many events, up to 1,000 (default: 100)")
      ->check(is_count())
      ->type_name("N");
  add_read_only(command, options);
  add_help(command, "daybook ancestors --data ledger --book main 18", columns);
}

} // namespace daybook::node
