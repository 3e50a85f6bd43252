#include "node/commands/define.hpp"
#include "node/cursor_rows.hpp"
#include "protocol/json_text.hpp"

namespace daybook::node {

namespace {

struct remove_options : book_options {
  std::string name;
};

result<void> list_cursors(const book_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto cursors = book->cursors();
  if (!cursors)
    return fail(std::move(cursors.error()));
  for (auto& cursor : *cursors)
    print(out, cursor);
  return {};
}

result<void> remove_cursor(const remove_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  return book->remove_cursor(options.name).map([&] {
    if (out.json())
      out.line(protocol::json_object{}.add("removed", options.name).take());
    else
      out.line("removed " + options.name);
  });
}

} // namespace

void add_cursors(CLI::App& program, request& chosen) {
  auto& command =
      *program.add_subcommand("cursors", "Prints how far the workers that follow a book are");
  auto& options = define(command, chosen, list_cursors);
  add_read_only(command, options);
  add_help(command, "daybook cursors --data ledger --book main",
           "Columns: name, seq up to which events have been dealt with, how many durable ones\n"
           "have not, held or free, when the position was stored, filter (- if none).");
}

void add_cursor(CLI::App& program, request& chosen) {
  auto& cursor = *program.add_subcommand("cursor", "What a worker remembers of a book");
  cursor.require_subcommand(1);
  auto& command = *cursor.add_subcommand("remove", "Forgets a cursor that nobody holds");
  auto& options = define(command, chosen, remove_cursor);
  command.add_option("NAME", options.name, "The cursor")->required()->type_name("");
  add_help(command, "daybook cursor remove --data ledger --book main mailer",
           "A worker that takes the name again begins where it is told to.");
}

} // namespace daybook::node
