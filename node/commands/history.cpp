#include "node/commands/define.hpp"
#include "node/rows.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace daybook::node {

namespace {

constexpr std::uint64_t page_transactions = 1'000;

struct history_options : book_options {
  std::string path;
  std::uint64_t after = 0;
  std::uint64_t until = no_limit;
  std::uint64_t limit = no_limit;
};

/// Transactions in a page; one of them may touch the account more than once.
std::uint64_t transactions_in(const std::vector<actors::history_entry>& entries) {
  std::uint64_t count = 0;
  auto last = event_seq{};
  for (auto& entry : entries)
    if (std::exchange(last, entry.id.seq) != entry.id.seq)
      ++count;
  return count;
}

result<void> print_history(const history_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto left = options.limit;
  for (std::optional after = event_seq{options.after}; after && left > 0 && out.ok();) {
    auto wanted = static_cast<std::uint32_t>(std::min(left, page_transactions));
    auto page = book->history({options.path, *after, wanted});
    if (!page)
      return fail(std::move(page.error()));
    for (auto& entry : page->entries) {
      if (entry.id.seq.value() > options.until)
        return {};
      print(out, entry, page->precision);
    }
    left -= transactions_in(page->entries);
    after = page->next;
  }
  return {};
}

} // namespace

void add_history(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("history", "Prints the postings of an account");
  auto& options = define(command, chosen, print_history);
  command.add_option("PATH", options.path, "The account")->required()->type_name("");
  command.add_option("--after", options.after, "Only what comes after this seq")
      ->check(is_count())
      ->type_name("SEQ");
  command.add_option("--until", options.until, "Only what comes up to this seq, and with it")
      ->check(is_count())
      ->type_name("SEQ");
  command.add_option("--limit", options.limit, "At most so many transactions (default: all)")
      ->check(is_count())
      ->type_name("N");
  add_read_only(command, options);
  add_help(command, "daybook history --data ledger --book main assets:cash --limit 10",
           "Columns: seq, commit time, time of occurrence (- if none), key, direction,\n"
           "amount, balance after it on the account's normal side.");
}

} // namespace daybook::node
