#include "node/commands/define.hpp"
#include "node/rows.hpp"
#include "node/trial.hpp"

namespace daybook::node {

namespace {

struct trial_balance_options : book_options {
  std::string as_of;
};

result<void> print_trial_balance(const trial_balance_options& options, output& out) {
  auto at = read_as_of(options.as_of);
  if (!at)
    return fail(std::move(at.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto rows = book->trial_balance(*at);
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
  auto& options = define(command, chosen, print_trial_balance);
  add_as_of(command, options.as_of);
  add_read_only(command, options);
  add_help(command, "daybook trial-balance --data ledger --book main",
           "Columns: asset, debits ever, credits ever, debit balances, credit balances.\n"
           "Fails if a pair differs.");
}

} // namespace daybook::node
