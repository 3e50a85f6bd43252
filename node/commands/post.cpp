#include "node/arguments.hpp"
#include "node/asset_precisions.hpp"
#include "node/commands/conditions.hpp"
#include "node/commands/posting.hpp"

#include <utility>
#include <vector>

namespace daybook::node {

namespace {

struct post_options : posting_options {
  std::vector<std::string> debits;
  std::vector<std::string> credits;
  std::string asset;
  std::string causation_id;
  condition_options conditions;
};

/// A transaction that is being put together, and the accounts that it names.
struct draft {
  ledger::transaction content;
  std::vector<posted_account> accounts;
};

/// An account with the asset that was named, or else with its own.
result<posted_account> find_account(const book_client& book, const std::string& path,
                                    const std::string& asset) {
  if (!asset.empty())
    return precision_of(book, asset).map([&](std::uint8_t precision) {
      return posted_account{path, asset, precision};
    });
  return book.balance(path).map([&](const actors::account_view& x) {
    return posted_account{path, x.definition.asset, x.precision};
  });
}

result<void> add_postings(const book_client& book, const std::vector<std::string>& arguments,
                          ledger::side direction, const std::string& asset, draft& to) {
  for (auto& text : arguments) {
    auto argument = parse_amount_argument(text);
    if (!argument)
      return fail(std::move(argument.error()));
    auto account = find_account(book, argument->path, asset);
    if (!account)
      return fail(std::move(account.error()));
    auto value = ledger::parse_decimal(argument->decimal, account->precision);
    if (!value)
      return fail(std::move(value.error()).with("account", argument->path));
    to.content.postings.push_back({std::move(argument->path), *value, asset, direction});
    add_posted(to.accounts, std::move(*account));
  }
  return {};
}

/// Everything of the transaction that can be read without the book.
result<draft> begin_transaction(const post_options& options) {
  draft begun;
  begun.content.key = options.key;
  begun.content.correlation_id = options.correlation_id;
  begun.content.causation_id = options.causation_id;
  auto read = read_occurred_at(options).and_then([&](std::optional<timestamp> time) {
    begun.content.occurred_at = time;
    return read_metadata(options);
  });
  if (!read)
    return fail(std::move(read.error()));
  begun.content.metadata = std::move(*read);
  return begun;
}

result<void> post(const post_options& options, output& out) {
  auto begun = begin_transaction(options);
  if (!begun)
    return fail(std::move(begun.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto conditions = add_postings(*book, options.debits, ledger::side::debit, options.asset, *begun)
                        .and_then([&] {
                          return add_postings(*book, options.credits, ledger::side::credit,
                                              options.asset, *begun);
                        })
                        .and_then([&] { return read_conditions(*book, options.conditions); });
  if (!conditions)
    return fail(std::move(conditions.error()));
  ledger::write asked;
  asked.what = std::move(begun->content);
  asked.conditions = std::move(*conditions);
  return write_and_print(*book, std::move(asked), begun->accounts, options.dry_run, out);
}

} // namespace

void add_post(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("post", "Posts a transaction");
  auto& options = define(command, chosen, post);
  for (auto [name, amounts] :
       {std::pair{"--debit", &options.debits}, std::pair{"--credit", &options.credits}})
    command.add_option(name, *amounts, "An account and its amount; may be repeated")
        ->required()
        ->check(is_read_by(parse_amount_argument))
        ->type_name("PATH=AMOUNT");
  command.add_option("--asset", options.asset, "What is counted (default: what the accounts hold)")
      ->type_name("ASSET");
  add_posting_options(command, options);
  command.add_option("--causation-id", options.causation_id, "What caused it: an event's id")
      ->type_name("ID");
  add_condition_options(command, options.conditions);
  add_help(command,
           "daybook post --data ledger --book main --key rent-2024-05 \\\n"
           "    --debit expenses:rent=900 --credit assets:cash=900 --occurred-at 2024-05-01",
           "Prints: accepted or deduplicated, seq, transaction id, commit time; then a line for\n"
           "each account: path, asset, balance after it. Posting the same again with the same key\n"
           "changes nothing and prints the first receipt, whatever is expected.");
}

} // namespace daybook::node
