#include "node/asset_precisions.hpp"
#include "node/commands/posting.hpp"
#include "node/event_lookup.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace daybook::node {

namespace {

struct reverse_options : posting_options {
  std::string transaction;
};

/// The accounts of a transaction, in the order of its postings, which its mirror image keeps.
result<std::vector<posted_account>> accounts_of(const book_client& book,
                                                const actors::recorded_event& x) {
  std::vector<posted_account> accounts;
  auto precisions = asset_precisions::of(book);
  if (!precisions)
    return fail(std::move(precisions.error()));
  if (auto* posted = std::get_if<ledger::transaction>(&x.content))
    for (auto& posting : posted->postings)
      add_posted(accounts,
                 {posting.account, posting.asset, precisions->find(posting.asset).value_or(0)});
  return accounts;
}

result<ledger::reversal> begin_reversal(const reverse_options& options) {
  ledger::reversal begun;
  begun.key = options.key;
  begun.correlation_id = options.correlation_id;
  auto read = read_occurred_at(options).and_then([&](std::optional<timestamp> time) {
    begun.occurred_at = time;
    return read_metadata(options);
  });
  if (!read)
    return fail(std::move(read.error()));
  begun.metadata = std::move(*read);
  return begun;
}

result<void> reverse(const reverse_options& options, output& out) {
  auto begun = begin_reversal(options);
  if (!begun)
    return fail(std::move(begun.error()));
  auto name = parse_event_name(options.transaction);
  if (!name)
    return fail(std::move(name.error()));
  auto book = open_book(options.where, options.book, access::existing);
  if (!book)
    return fail(std::move(book.error()));
  auto original = find_event(*book, *name);
  if (!original)
    return fail(std::move(original.error()));
  auto accounts = accounts_of(*book, *original);
  if (!accounts)
    return fail(std::move(accounts.error()));
  begun->of = original->receipt.id.seq;
  ledger::write asked;
  asked.what = std::move(*begun);
  return write_and_print(*book, std::move(asked), *accounts, options.dry_run, out);
}

} // namespace

void add_reverse(CLI::App& program, request& chosen) {
  auto& command = *program.add_subcommand("reverse", "Takes a transaction back, once");
  auto& options = define(command, chosen, reverse);
  command.add_option("TRANSACTION", options.transaction, "Its id, or its seq")
      ->required()
      ->check(is_read_by(parse_event_name))
      ->type_name("");
  add_posting_options(command, options);
  add_help(command, "daybook reverse --data ledger --book main --key undo-17 17",
           "Posts its mirror image, caused by it. Prints what `post` prints.");
}

} // namespace daybook::node
