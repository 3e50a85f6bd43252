#include "node/asset_precisions.hpp"
#include "node/commands/define.hpp"
#include "node/event_pages.hpp"
#include "node/rows.hpp"

namespace daybook::node {

namespace {

struct events_options : book_options {
  std::uint64_t from = 1;
  std::uint64_t limit = no_limit;
};

result<void> print_events(const events_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto precisions = asset_precisions::of(*book);
  if (!precisions)
    return fail(std::move(precisions.error()));
  return each_event(*book, event_seq{options.from}, options.limit, [&](auto& event) {
    precisions->learn(event.content);
    print(out, event, *precisions);
    return out.ok();
  });
}

} // namespace

void add_events(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("events", "Prints what stands in the log");
  auto& options = define(command, chosen, print_events);
  command.add_option("--from", options.from, "The first seq (default: 1)")->type_name("SEQ");
  command.add_option("--limit", options.limit, "At most so many events (default: all)")
      ->type_name("N");
  add_help(command, "daybook events --data ledger --book main --from 100 --limit 10 --json",
           "Columns: seq, commit time, kind (asset, account or transaction), its id, path\n"
           "or key, what it says.");
}

} // namespace daybook::node
