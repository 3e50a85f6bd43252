#include "node/commands/define.hpp"
#include "protocol/json_text.hpp"

namespace daybook::node {

namespace {

void print(output& out, const actors::snapshot_info& x) {
  if (!out.json())
    return out.row({x.written ? "written" : "present", std::to_string(x.seq.value()),
                    std::to_string(x.bytes)});
  out.line(protocol::json_object{}
               .add("seq", x.seq.value())
               .add("bytes", x.bytes)
               .add("written", x.written)
               .take());
}

result<void> take_snapshot(const book_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  return book->snapshot().map([&](const actors::snapshot_info& x) { print(out, x); });
}

} // namespace

void add_snapshot(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand(
      "snapshot", "Writes down the state of a book, so that it opens faster");
  define(command, chosen, take_snapshot);
  add_help(command, "daybook snapshot --data ledger --book main",
           "Prints: written, or present when there was one already; the last event in it; its\n"
           "bytes. A node does this by itself every 100,000 events. The last two are kept, and\n"
           "any can be deleted: the log has everything.");
}

} // namespace daybook::node
