#include "node/commands/conditions.hpp"

#include "node/arguments.hpp"
#include "node/commands/define.hpp"

#include <utility>

namespace daybook::node {

namespace {

template <class Condition>
result<void> add_balance_conditions(const book_client& book, const std::vector<std::string>& texts,
                                    std::vector<ledger::condition>& to) {
  for (auto& text : texts) {
    auto argument = parse_amount_argument(text);
    if (!argument)
      return fail(std::move(argument.error()));
    auto account = book.balance(argument->path);
    if (!account)
      return fail(std::move(account.error()));
    auto value = ledger::parse_decimal(argument->decimal, account->precision);
    if (!value)
      return fail(std::move(value.error()).with("account", argument->path));
    to.emplace_back(Condition{std::move(argument->path), *value});
  }
  return {};
}

} // namespace

void add_condition_options(CLI::App& command, condition_options& to) {
  command.add_option("--expect-seq", to.seq, "Refuse unless this is the last event of the book")
      ->check(is_count())
      ->type_name("SEQ");
  command
      .add_option("--expect-version", to.versions,
                  "Refuse unless this was the last transaction to touch the account (0: none)")
      ->check(is_read_by(parse_version_argument))
      ->type_name("PATH=SEQ");
  command.add_option("--expect-at-least", to.at_least, "Refuse if the account holds less")
      ->check(is_read_by(parse_amount_argument))
      ->type_name("PATH=AMOUNT");
  command.add_option("--expect-at-most", to.at_most, "Refuse if the account holds more")
      ->check(is_read_by(parse_amount_argument))
      ->type_name("PATH=AMOUNT");
}

result<std::vector<ledger::condition>> read_conditions(const book_client& book,
                                                       const condition_options& options) {
  std::vector<ledger::condition> conditions;
  if (!options.seq.empty()) {
    auto seq = parse_count(options.seq);
    if (!seq)
      return fail(std::move(seq.error()));
    conditions.emplace_back(ledger::book_version{event_seq{*seq}});
  }
  for (auto& text : options.versions) {
    auto version = parse_version_argument(text);
    if (!version)
      return fail(std::move(version.error()));
    conditions.emplace_back(
        ledger::account_version{std::move(version->path), version->updated_seq});
  }
  auto read = add_balance_conditions<ledger::balance_at_least>(book, options.at_least, conditions)
                  .and_then([&] {
                    return add_balance_conditions<ledger::balance_at_most>(book, options.at_most,
                                                                           conditions);
                  });
  if (!read)
    return fail(std::move(read.error()));
  return conditions;
}

} // namespace daybook::node
