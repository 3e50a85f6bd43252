#include "node/asset_precisions.hpp"
#include "node/commands/define.hpp"
#include "node/event_pages.hpp"
#include "protocol/hledger.hpp"
#include "protocol/json_lines.hpp"

namespace daybook::node {

namespace {

struct export_options : book_options {
  std::string format;
};

using actors::recorded_event;

/// Every event stands in the export after the assets it needs, so they are learned on the way.
result<void> export_json_lines(const book_client& book, output& out) {
  asset_precisions precisions;
  auto source = precisions.source();
  return each_event(book, event_seq{1}, no_limit, [&](const recorded_event& event) {
    precisions.learn(event.content);
    out.line(
        protocol::to_json_line(event.content, source, {event.correlation_id, event.causation_id}));
    return out.ok();
  });
}

result<void> export_hledger(const book_client& book, output& out) {
  asset_precisions precisions;
  auto source = precisions.source();
  std::string text{protocol::hledger_preamble()};
  auto done = each_event(book, event_seq{1}, no_limit, [&](const recorded_event& event) {
    auto& receipt = event.receipt;
    precisions.learn(event.content);
    protocol::append_hledger({receipt.id, receipt.epoch, receipt.committed_at}, event.content,
                             source, text);
    out.write(text);
    text.clear();
    return out.ok();
  });
  out.write(text);
  return done;
}

result<void> export_book(const export_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  return options.format == "hledger" ? export_hledger(*book, out) : export_json_lines(*book, out);
}

} // namespace

void add_export(CLI::App& program, request& chosen) {
  auto& command =
      *program.add_subcommand("export", "Prints a book as JSON Lines or as a journal of hledger");
  auto& options = define(command, chosen, export_book);
  command.add_option("--format", options.format, "What to print")
      ->required()
      ->check(CLI::IsMember({"jsonl", "hledger"}))
      ->type_name("FORMAT");
  add_read_only(command, options);
  add_help(command, "daybook export --data ledger --book main --format hledger > main.journal",
           "JSON Lines (jsonl) is what `import` reads.");
}

} // namespace daybook::node
