#include "node/asset_precisions.hpp"
#include "node/commands/define.hpp"
#include "node/rows.hpp"

namespace daybook::node {

namespace {

struct open_options : book_options {
  ledger::account_definition account;
  std::string kind;
  std::string normal_side;
  std::string min_balance;
  std::string max_balance;
  link_options links;
};

struct close_options : book_options {
  std::string path;
  bool even_with_balance = false;
  link_options links;
};

struct reopen_options : book_options {
  std::string path;
  link_options links;
};

struct list_options : book_options {
  std::string prefix;
};

result<void> read_limit(const std::string& text, std::uint8_t precision,
                        std::optional<ledger::amount>& to) {
  if (text.empty())
    return {};
  auto parsed = ledger::parse_decimal(text, precision);
  if (!parsed)
    return fail(std::move(parsed.error()));
  to = *parsed;
  return {};
}

result<void> read_limits(const open_options& options, const book_client& book,
                         ledger::account_definition& to) {
  if (options.min_balance.empty() && options.max_balance.empty())
    return {};
  return precision_of(book, to.asset).and_then([&](std::uint8_t precision) {
    return read_limit(options.min_balance, precision, to.min_balance).and_then([&] {
      return read_limit(options.max_balance, precision, to.max_balance);
    });
  });
}

result<void> open_account(const open_options& options, output& out) {
  auto account = options.account;
  ledger::from_string(options.kind, account.kind);
  if (ledger::side side{}; ledger::from_string(options.normal_side, side))
    account.normal_side = side;
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  if (auto limits = read_limits(options, *book, account); !limits)
    return fail(std::move(limits.error()));
  auto receipt = book->commit(linked(std::move(account), options.links));
  if (!receipt)
    return fail(std::move(receipt.error()));
  print(out, *receipt);
  return {};
}

result<void> close_account(const close_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  ledger::account_closing closing{options.path, options.even_with_balance};
  return book->commit(linked(std::move(closing), options.links)).map([&](const ledger::receipt& x) {
    print(out, x);
  });
}

result<void> reopen_account(const reopen_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  return book->commit(linked(ledger::account_reopening{options.path}, options.links))
      .map([&](const ledger::receipt& x) { print(out, x); });
}

result<void> list_accounts(const list_options& options, output& out) {
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto accounts = book->accounts(options.prefix);
  if (!accounts)
    return fail(std::move(accounts.error()));
  for (auto& account : *accounts)
    print_definition(out, account);
  return {};
}

void add_open(CLI::App& account, request& chosen) {
  auto& command = *account.add_subcommand("open", "Opens an account");
  auto& options = define(command, chosen, open_account);
  command.add_option("--path", options.account.path, "Path, such as assets:cash")
      ->required()
      ->type_name("PATH");
  command.add_option("--asset", options.account.asset, "What it holds")
      ->required()
      ->type_name("ASSET");
  command.add_option("--kind", options.kind, "What kind of account")
      ->required()
      ->check(CLI::IsMember({"asset", "liability", "equity", "income", "expense", "clearing"}))
      ->type_name("KIND");
  command.add_option("--normal-side", options.normal_side, "Where it grows; only for clearing")
      ->check(CLI::IsMember({"debit", "credit"}))
      ->type_name("SIDE");
  command
      .add_option("--min-balance", options.min_balance, "Least balance allowed, on the normal side")
      ->type_name("AMOUNT");
  command
      .add_option("--max-balance", options.max_balance,
                  "Greatest balance allowed, on the normal side")
      ->type_name("AMOUNT");
  add_link_options(command, options.links);
  add_help(command,
           "daybook account open --data ledger --book main --path assets:cash \\\n"
           "    --asset CZK --kind asset --min-balance 0",
           "Opening the same again changes nothing.");
}

void add_list(CLI::App& account, request& chosen) {
  auto& command = *account.add_subcommand("list", "Prints the accounts, by path");
  auto& options = define(command, chosen, list_accounts);
  command.add_option("--prefix", options.prefix, "Only this account and those below it")
      ->type_name("PATH");
  add_read_only(command, options);
  add_help(command, "daybook account list --data ledger --book main --prefix assets",
           "Columns: path, asset, kind, normal side, least and greatest balance allowed\n"
           "(- if none), open or closed.");
}

void add_close(CLI::App& account, request& chosen) {
  auto& command = *account.add_subcommand("close", "Closes an account: it takes no postings");
  auto& options = define(command, chosen, close_account);
  command.add_option("PATH", options.path, "The account")->required()->type_name("");
  command.add_flag("--even-with-balance", options.even_with_balance,
                   "Also if its balance is not zero");
  add_link_options(command, options.links);
  add_help(command, "daybook account close --data ledger --book main assets:cash",
           "Closing a closed account changes nothing.");
}

void add_reopen(CLI::App& account, request& chosen) {
  auto& command = *account.add_subcommand("reopen", "Reopens a closed account");
  auto& options = define(command, chosen, reopen_account);
  command.add_option("PATH", options.path, "The account")->required()->type_name("");
  add_link_options(command, options.links);
  add_help(command, "daybook account reopen --data ledger --book main assets:cash",
           "Reopening an open account changes nothing.");
}

} // namespace

void add_account(CLI::App& program, request& chosen) {
  auto& account = *program.add_subcommand("account", "Where a book keeps its assets");
  account.require_subcommand(1);
  add_open(account, chosen);
  add_close(account, chosen);
  add_reopen(account, chosen);
  add_list(account, chosen);
}

} // namespace daybook::node
