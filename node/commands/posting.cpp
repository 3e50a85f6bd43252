#include "node/commands/posting.hpp"

#include "base/timestamp.hpp"
#include "protocol/json_lines.hpp"

#include <utility>

namespace daybook::node {

void add_posting_options(CLI::App& command, posting_options& to) {
  command.add_option("--key", to.key, "Idempotency key")->required()->type_name("KEY");
  command
      .add_option("--occurred-at", to.occurred_at,
                  "When it happened: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
      ->check(is_time())
      ->type_name("TIME");
  command.add_option("--metadata", to.metadata, "A JSON object to keep with it")
      ->check(is_metadata())
      ->type_name("JSON");
  command.add_option("--correlation-id", to.correlation_id, "What it is a part of")
      ->type_name("ID");
  command.add_flag("--dry-run", to.dry_run, "Print the answer that it would get; write nothing");
}

result<std::optional<timestamp>> read_occurred_at(const posting_options& options) {
  if (options.occurred_at.empty())
    return std::nullopt;
  auto time = parse_timestamp(options.occurred_at);
  if (!time)
    return fail(std::move(time.error()).with("field", "occurred_at"));
  return *time;
}

result<std::string> read_metadata(const posting_options& options) {
  if (options.metadata.empty())
    return std::string{};
  return protocol::compact_metadata(options.metadata, limits{});
}

result<void> write_and_print(const book_client& book, ledger::write asked,
                             const std::vector<posted_account>& accounts, bool dry_run,
                             output& out) {
  if (!dry_run)
    return book.commit(std::move(asked)).map([&](const ledger::receipt& x) {
      print(out, x, accounts);
    });
  std::vector<ledger::write> items;
  items.push_back(std::move(asked));
  auto rehearsed = book.rehearse(std::move(items));
  if (!rehearsed)
    return fail(std::move(rehearsed.error()));
  if (rehearsed->size() != 1)
    return fail(ec::io, "the node answered another question: ask again");
  return rehearsed->front().map(
      [&](const ledger::receipt& x) { print(out, x, accounts, reality::rehearsed); });
}

} // namespace daybook::node
