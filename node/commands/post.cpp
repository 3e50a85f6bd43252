#include "node/amount_argument.hpp"
#include "node/asset_precisions.hpp"
#include "node/commands/define.hpp"
#include "node/rows.hpp"
#include "protocol/json_lines.hpp"

#include <vector>

namespace daybook::node {

namespace {

struct post_options : book_options {
  std::string key;
  std::vector<std::string> debits;
  std::vector<std::string> credits;
  std::string asset;
  std::string occurred_at;
  std::string metadata;
};

std::string amount_problem(const std::string& text) {
  auto parsed = parse_amount_argument(text);
  return parsed ? std::string{} : parsed.error().message();
}

result<std::uint8_t> precision_of_account(const book_client& book, const std::string& path) {
  return book.balance(path).map([](const actors::account_view& x) { return x.precision; });
}

/// Reads an amount at the precision of the asset that was named, or else of the account's own.
result<ledger::posting> make_posting(const book_client& book, const std::string& text,
                                     ledger::side direction, const std::string& asset) {
  auto argument = parse_amount_argument(text);
  if (!argument)
    return fail(std::move(argument.error()));
  auto precision =
      asset.empty() ? precision_of_account(book, argument->path) : precision_of(book, asset);
  if (!precision)
    return fail(std::move(precision.error()));
  auto value = ledger::parse_decimal(argument->decimal, *precision);
  if (!value)
    return fail(std::move(value.error()).with("account", argument->path));
  return ledger::posting{std::move(argument->path), *value, asset, direction};
}

result<void> add_postings(const book_client& book, const std::vector<std::string>& arguments,
                          ledger::side direction, const std::string& asset,
                          ledger::transaction& to) {
  for (auto& argument : arguments) {
    auto posting = make_posting(book, argument, direction, asset);
    if (!posting)
      return fail(std::move(posting.error()));
    to.postings.push_back(std::move(*posting));
  }
  return {};
}

/// Everything of the transaction that can be read without the book.
result<ledger::transaction> begin_transaction(const post_options& options) {
  ledger::transaction begun;
  begun.key = options.key;
  if (!options.occurred_at.empty()) {
    auto occurred_at = parse_timestamp(options.occurred_at);
    if (!occurred_at)
      return fail(std::move(occurred_at.error()).with("field", "occurred_at"));
    begun.occurred_at = *occurred_at;
  }
  if (!options.metadata.empty()) {
    auto metadata = protocol::compact_metadata(options.metadata, limits{});
    if (!metadata)
      return fail(std::move(metadata.error()));
    begun.metadata = std::move(*metadata);
  }
  return begun;
}

result<void> post(const post_options& options, output& out) {
  auto transaction = begin_transaction(options);
  if (!transaction)
    return fail(std::move(transaction.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto posted =
      add_postings(*book, options.debits, ledger::side::debit, options.asset, *transaction)
          .and_then([&] {
            return add_postings(*book, options.credits, ledger::side::credit, options.asset,
                                *transaction);
          })
          .and_then([&] { return book->commit(std::move(*transaction)); });
  if (!posted)
    return fail(std::move(posted.error()));
  print(out, *posted);
  return {};
}

} // namespace

void add_post(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("post", "Posts a transaction");
  auto& options = define(command, chosen, post);
  command.add_option("--key", options.key, "Idempotency key")->required()->type_name("KEY");
  for (auto [name, amounts] :
       {std::pair{"--debit", &options.debits}, std::pair{"--credit", &options.credits}})
    command.add_option(name, *amounts, "An account and its amount; may be repeated")
        ->required()
        ->check(CLI::Validator{amount_problem, ""})
        ->type_name("PATH=AMOUNT");
  command.add_option("--asset", options.asset, "What is counted (default: what the accounts hold)")
      ->type_name("ASSET");
  command
      .add_option("--occurred-at", options.occurred_at,
                  "When it happened: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
      ->type_name("TIME");
  command.add_option("--metadata", options.metadata, "A JSON object to keep with it")
      ->type_name("JSON");
  add_help(command,
           "daybook post --data ledger --book main --key rent-2024-05 \\\n"
           "    --debit expenses:rent=900 --credit assets:cash=900 --occurred-at 2024-05-01",
           "Prints: accepted or deduplicated, seq, transaction id, commit time. Posting the\n"
           "same again with the same key changes nothing and prints the first receipt.");
}

} // namespace daybook::node
