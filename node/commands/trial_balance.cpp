#include "node/commands/define.hpp"
#include "node/rows.hpp"
#include "node/trial.hpp"

namespace daybook::node {

namespace {

result<void> print_trial_balance(const book_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto rows = book->trial_balance();
  if (!rows)
    return fail(std::move(rows.error()));
  result<void> verdict;
  for (auto& row : *rows) {
    print(out, row);
    if (!is_even(row))
      verdict = fail(uneven(options.book, row.asset));
  }
  return verdict;
}

} // namespace

void add_trial_balance(CLI::App& program, request& chosen) {
  auto& command =
      *program.add_subcommand("trial-balance", "Prints debits and credits of each asset");
  define(command, chosen, print_trial_balance);
  add_help(command, "daybook trial-balance --data ledger --book main",
           "Columns: asset, debits ever, credits ever, debit balances, credit balances.\n"
           "Fails if a pair differs.");
}

} // namespace daybook::node
