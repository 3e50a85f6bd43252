#include "actors/event_matcher.hpp"
#include "node/asset_precisions.hpp"
#include "node/commands/define.hpp"
#include "node/event_kinds.hpp"
#include "node/event_pages.hpp"
#include "node/follow_events.hpp"
#include "node/rows.hpp"

#include <string>
#include <vector>

namespace daybook::node {

namespace {

struct events_options : book_options {
  std::uint64_t from = 1;
  std::uint64_t limit = no_limit;
  std::vector<std::string> kinds;
  std::vector<std::string> prefixes;
  bool follow = false;
  bool lossy = false;
  std::string cursor;
};

result<void> follow(const events_options& options, output& out) {
  end_signals signals;
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto filter = make_filter(options.kinds, options.prefixes);
  if (!options.cursor.empty())
    return follow_events(
        *book, actors::cursor_request{options.cursor, std::move(filter), event_seq{options.from}},
        signals, out);
  actors::subscription wanted;
  wanted.from = event_seq{options.from};
  wanted.mode = options.lossy ? actors::delivery_mode::lossy : actors::delivery_mode::guaranteed;
  wanted.filter = std::move(filter);
  return follow_events(*book, std::move(wanted), signals, out);
}

result<void> print_events(const events_options& options, output& out) {
  if (options.follow)
    return follow(options, out);
  auto filter = make_filter(options.kinds, options.prefixes);
  if (auto valid = actors::check(filter); !valid)
    return fail(std::move(valid.error()));
  actors::event_matcher matches{std::move(filter), nullptr};
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto precisions = asset_precisions::of(*book);
  if (!precisions)
    return fail(std::move(precisions.error()));
  auto left = options.limit;
  auto page_limit = options.kinds.empty() && options.prefixes.empty() ? left : no_limit;
  if (left == 0)
    return {};
  return each_event(*book, event_seq{options.from}, page_limit, [&](auto& event) {
    precisions->learn(event.content);
    if (!matches(event))
      return true;
    print(out, event, *precisions);
    return --left > 0 && out.ok();
  });
}

void add_filter(CLI::App& command, events_options& to) {
  std::vector<std::string> names;
  for (auto& [name, kind] : event_kinds)
    names.emplace_back(name);
  command.add_option("--kind", to.kinds, "Only this kind of event; may be repeated")
      ->check(CLI::IsMember(names))
      ->type_name("KIND");
  command
      .add_option("--prefix", to.prefixes,
                  "Only what touches this account or those below it; may be repeated")
      ->type_name("PATH");
}

} // namespace

void add_events(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("events", "Prints what stands in the log");
  auto& options = define(command, chosen, print_events);
  auto* from = command.add_option("--from", options.from, "The first seq (default: 1)")
                   ->check(is_count())
                   ->type_name("SEQ");
  auto* limit =
      command.add_option("--limit", options.limit, "At most so many events (default: all)")
          ->check(is_count())
          ->type_name("N");
  add_filter(command, options);
  auto* follow = command
                     .add_flag("--follow", options.follow,
                               "Then print what becomes durable, until SIGTERM or SIGINT")
                     ->excludes(limit);
  auto* cursor =
      command
          .add_option(
              "--cursor", options.cursor,
              "With --follow: remember in the book, under this name, what was printed, and\n"
              "go on behind it the next time; --from is for a new name")
          ->needs(follow)
          ->type_name("NAME");
  command
      .add_flag("--lossy", options.lossy,
                "With --follow: only what is new, and drop what cannot be printed as fast")
      ->needs(follow)
      ->excludes(from)
      ->excludes(cursor);
  follow->excludes(add_read_only(command, options));
  add_help(
      command, "daybook events --data ledger --book main --from 100 --limit 10 --json",
      "Columns: seq, commit time, kind (asset, account, transaction, account_closed or\n"
      "account_reopened), its id, path or key, what it says.\n\n"
      "With --follow it prints JSON, an event a line, and ends with 1 when the node does.\n"
      "With a cursor each event is printed at least once: after a crash, what was printed since\n"
      "the position was last stored, about a second, is printed again.");
}

} // namespace daybook::node
