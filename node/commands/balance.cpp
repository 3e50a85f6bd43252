#include "node/commands/define.hpp"
#include "node/rows.hpp"

namespace daybook::node {

namespace {

constexpr auto columns = "Columns: path, asset, amount on the account's normal side.";

struct balance_options : book_options {
  std::string path;
  std::string as_of;
};

struct balances_options : book_options {
  std::string prefix;
  std::string as_of;
};

result<void> print_balance(const balance_options& options, output& out) {
  auto at = read_as_of(options.as_of);
  if (!at)
    return fail(std::move(at.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto account = book->balance(options.path, *at);
  if (!account)
    return fail(std::move(account.error()));
  print(out, *account);
  return {};
}

result<void> print_balances(const balances_options& options, output& out) {
  auto at = read_as_of(options.as_of);
  if (!at)
    return fail(std::move(at.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto accounts = book->accounts(options.prefix, *at);
  if (!accounts)
    return fail(std::move(accounts.error()));
  for (auto& account : *accounts)
    print(out, account);
  return {};
}

} // namespace

void add_balance(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("balance", "Prints the balance of an account");
  auto& options = define(command, chosen, print_balance);
  command.add_option("PATH", options.path, "The account")->required()->type_name("");
  add_as_of(command, options.as_of);
  add_read_only(command, options);
  add_help(command, "daybook balance --data ledger --book main assets:cash", columns);
}

void add_balances(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("balances", "Prints the balances of accounts, by path");
  auto& options = define(command, chosen, print_balances);
  command.add_option("--prefix", options.prefix, "Only this account and those below it")
      ->type_name("PATH");
  add_as_of(command, options.as_of);
  add_read_only(command, options);
  add_help(command, "daybook balances --data ledger --book main --prefix liabilities", columns);
}

} // namespace daybook::node
