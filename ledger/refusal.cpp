#include "ledger/refusal.hpp"

#include "base/names.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::ledger {

namespace {

using reason = objection::reason;

std::string_view difference(const asset_definition& x, const asset_definition& y) {
  if (x.cls != y.cls)
    return "class";
  return x.precision != y.precision ? "precision" : "name";
}

std::string_view difference(const account_definition& x, const account_definition& y) {
  if (x.asset != y.asset)
    return "asset";
  if (x.kind != y.kind)
    return "kind";
  if (x.normal_side != y.normal_side)
    return "normal side";
  return x.min_balance != y.min_balance ? "minimum balance" : "maximum balance";
}

error unbalanced(const objection& x, const asset_definition& asset) {
  auto debit = to_decimal(x.debit, asset.precision);
  auto credit = to_decimal(x.credit, asset.precision);
  auto message =
      fmt::format("the debits in \"{}\" are {} and the credits are {}; they must be equal",
                  printable(asset.id), debit, credit);
  return {
      ec::unbalanced,
      std::move(message),
      {{"asset", printable(asset.id)}, {"debit", std::move(debit)}, {"credit", std::move(credit)}}};
}

error sum_overflow(const objection& x, const asset_definition& asset, std::string_view sum) {
  auto value = to_decimal(x.value, asset.precision);
  auto message = fmt::format("adding {} would take {} in \"{}\" past 128 bits", value, sum,
                             printable(asset.id));
  return {ec::overflow,
          std::move(message),
          {{"asset", printable(asset.id)}, {"amount", std::move(value)}}};
}

error balance_overflow(const account_definition& account) {
  return {ec::overflow,
          fmt::format("the balance of account \"{}\" would pass 128 bits", printable(account.path)),
          {{"account", printable(account.path)}}};
}

error limit_passed(const objection& x, const account_definition& account, std::uint8_t precision) {
  auto below = x.why == reason::below_min;
  auto limit = to_decimal(below ? *account.min_balance : *account.max_balance, precision);
  auto would_be = to_decimal(x.value, precision);
  auto message = fmt::format("the balance of account \"{}\" would be {}, {} its {} of {}",
                             printable(account.path), would_be, below ? "below" : "above",
                             below ? "minimum" : "maximum", limit);
  return {ec::limit_exceeded,
          std::move(message),
          {{"account", printable(account.path)},
           {"what", below ? "min_balance" : "max_balance"},
           {"limit", std::move(limit)},
           {"would_be", std::move(would_be)}}};
}

error key_is_used(std::string_view key, event_seq seq, fmt::format_string<std::uint64_t> how) {
  auto shown = printable(key);
  auto message = "key \"" + shown + "\" " + fmt::format(how, seq.value());
  return {ec::idempotency_conflict,
          std::move(message),
          {{"key", std::move(shown)}, {"seq", std::to_string(seq.value())}}};
}

} // namespace

error unknown_account(std::string_view path) {
  auto shown = printable(path);
  auto message = fmt::format("account \"{}\" is not open in this book; open it first", shown);
  return {ec::unknown_account, std::move(message), {{"account", std::move(shown)}}};
}

error unknown_asset(std::string_view id) {
  auto shown = printable(id);
  auto message =
      fmt::format("asset \"{}\" is not registered in this book; register it first", shown);
  return {ec::unknown_asset, std::move(message), {{"asset", std::move(shown)}}};
}

error asset_mismatch(std::string_view account, std::string_view account_asset,
                     std::string_view asset) {
  auto message = fmt::format("account \"{}\" holds \"{}\", not \"{}\"; post to an account of that "
                             "asset",
                             printable(account), printable(account_asset), printable(asset));
  return {ec::asset_mismatch,
          std::move(message),
          {{"account", printable(account)},
           {"account_asset", printable(account_asset)},
           {"asset", printable(asset)}}};
}

error amount_not_positive(std::string_view account, std::string value) {
  auto message =
      fmt::format("a posting to account \"{}\" has the amount {}; amounts are above zero, "
                  "and debit or credit says which way",
                  printable(account), value);
  return {ec::invalid_amount,
          std::move(message),
          {{"amount", std::move(value)}, {"account", printable(account)}}};
}

error already_exists(const asset_definition& present, const asset_definition& asked) {
  auto shown = printable(present.id);
  auto message = fmt::format("asset \"{}\" is registered with another {}; assets never change, use "
                             "another id",
                             shown, difference(present, asked));
  return {ec::already_exists, std::move(message), {{"what", "asset"}, {"asset", std::move(shown)}}};
}

error already_exists(const account_definition& present, const account_definition& asked) {
  auto shown = printable(present.path);
  auto message = fmt::format("account \"{}\" is open with another {}; accounts never change, use "
                             "another path",
                             shown, difference(present, asked));
  return {
      ec::already_exists, std::move(message), {{"what", "account"}, {"account", std::move(shown)}}};
}

error idempotency_conflict(std::string_view key, event_seq seq) {
  return key_is_used(key, seq,
                     "was used for a different transaction, at seq {}; use a new key for a new "
                     "transaction");
}

error explain(const objection& x, const chart& accounts) {
  auto& asset = accounts[x.asset].definition;
  switch (x.why) {
  case reason::sum_overflow:
    return sum_overflow(x, asset, "the transaction's turnover");
  case reason::unbalanced:
    return unbalanced(x, asset);
  case reason::balance_overflow:
    return balance_overflow(accounts.definition_of(x.account));
  case reason::below_min:
  case reason::above_max:
    return limit_passed(x, accounts.definition_of(x.account), asset.precision);
  case reason::closed:
  case reason::turnover_overflow:
    break;
  }
  return sum_overflow(x, asset, "the book's turnover");
}

error account_is_closed(std::string_view path, event_seq seq) {
  auto shown = printable(path);
  auto message = fmt::format(
      "account \"{}\" was closed at seq {}; reopen it, or post to another one", shown, seq.value());
  return {ec::account_closed,
          std::move(message),
          {{"account", std::move(shown)}, {"seq", std::to_string(seq.value())}}};
}

error condition_failed(failed_condition x) {
  auto of = x.account.empty() ? std::string{} : fmt::format(" of \"{}\"", printable(x.account));
  auto message = fmt::format("the condition {}{} expects {}, and it is {}; nothing was written",
                             x.condition, of, x.expected, x.found);
  std::vector<error::field> fields{{"condition", std::string{x.condition}}};
  if (!x.account.empty())
    fields.emplace_back("account", printable(x.account));
  fields.emplace_back("expected", std::move(x.expected));
  fields.emplace_back("found", std::move(x.found));
  return {ec::condition_failed, std::move(message), std::move(fields)};
}

// -- reversals -----------------------------------------------------------------------------------

error no_transaction_at(event_seq seq) {
  return {ec::not_found,
          fmt::format("there is no durable transaction at seq {} to be reversed", seq.value()),
          {{"what", "transaction"}, {"seq", std::to_string(seq.value())}}};
}

error no_original_at(event_seq seq) {
  return {
      ec::not_found,
      fmt::format("there is no transaction at seq {} to be reversed: neither a durable one, nor "
                  "one before this in the same message",
                  seq.value()),
      {{"what", "transaction"}, {"seq", std::to_string(seq.value())}}};
}

error not_a_mirror_image(event_seq of) {
  return {
      ec::invalid_argument,
      fmt::format("the postings are not those of the transaction at seq {}, in their order, with "
                  "debit and credit exchanged",
                  of.value()),
      {{"field", "reverses"}}};
}

error already_reversed(const transaction_id& of, event_seq by) {
  return {
      ec::already_reversed,
      fmt::format("the transaction at seq {} was reversed at seq {}; reverse that one to post it "
                  "again",
                  of.seq.value(), by.value()),
      {{"transaction", to_string(of)}, {"seq", std::to_string(by.value())}}};
}

// -- what is said beside the command -------------------------------------------------------------

error links_differ(const char* field) {
  return {ec::invalid_argument,
          fmt::format("the write has another {} than what it writes; leave one out", field),
          {{"field", field}}};
}

error not_an_item_before() {
  return {ec::invalid_argument,
          "a write can only be caused by an item before it in the same atomic batch",
          {{"field", "caused_by"}}};
}

error no_items() {
  return {ec::invalid_argument, "the atomic batch is empty", {{"field", "items"}}};
}

error too_many_items(std::size_t items, std::size_t limit) {
  return {
      ec::limit_exceeded,
      fmt::format("the atomic batch has {} items, and at most {} are allowed; split it", items,
                  limit),
      {{"what", "items"}, {"limit", std::to_string(limit)}, {"would_be", std::to_string(items)}}};
}

error key_repeated(std::string_view key, std::size_t first, std::size_t second) {
  auto shown = printable(key);
  auto message =
      fmt::format("items {} and {} of the batch have the key \"{}\"; use one key for one "
                  "transaction",
                  first, second, shown);
  return {ec::idempotency_conflict,
          std::move(message),
          {{"key", std::move(shown)}, {"item", std::to_string(second)}}};
}

error partly_known(std::string_view key, event_seq seq) {
  return key_is_used(key, seq,
                     "was used before, at seq {}, and not with all of this batch; send the batch "
                     "as it was, or use new keys");
}

error too_many_keys(std::size_t limit) {
  return {ec::overloaded,
          fmt::format("memory has room for {} idempotency keys, and it is taken by keys that wait "
                      "for the index; nothing was accepted, try again later",
                      limit),
          {{"what", "keys"}, {"limit", std::to_string(limit)}}};
}

} // namespace daybook::ledger
