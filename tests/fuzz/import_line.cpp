#include "base/check.hpp"
#include "ledger/book_machine.hpp"
#include "ledger/to_command.hpp"
#include "protocol/event_codec.hpp"
#include "protocol/json_lines.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/builders.hpp"

#include <optional>
#include <variant>

namespace daybook::fuzz {

namespace {

using namespace daybook::ledger;

/// A book with two assets, three accounts and a transaction, all durable.
class small_book {
public:
  small_book() {
    machine_.start(book_id{1}, writer_epoch{1});
    put(test::asset());
    put(test::asset("BTC", 8));
    put(test::account("assets:cash"));
    put(test::account("income:sales", account_kind::income));
    auto bounded = test::account("assets:till");
    bounded.min_balance = amount{};
    put(bounded);
    put(test::transfer("first", "assets:cash", "income:sales", 100));
    make_durable();
  }

  book_machine& machine() { return machine_; }

  /// As a book does: first finds out what the machine must know.
  result<staged> stage(const write& x) {
    facts known;
    for (;;) {
      questions asked;
      machine_.ask(x.what, asked, known);
      if (asked.empty())
        return machine_.stage(x, known);
      for (auto& key : asked.keys)
        known.keys[key] = std::nullopt;
      for (auto& seq : asked.transactions)
        known.transactions[seq] = seq == first_at_ ? std::optional{first_} : std::nullopt;
    }
  }

  void make_durable() {
    machine_.seal(timestamp{1});
    machine_.mark_durable({});
  }

  protocol::precision_source precisions() {
    return [this](std::string_view id) -> std::optional<std::uint8_t> {
      auto found = machine_.find_asset(id);
      if (!found)
        return std::nullopt;
      return (*machine_.chart_of_accounts())[*found].definition.precision;
    };
  }

private:
  void put(command x) {
    auto answer = machine_.stage(x);
    DAYBOOK_CHECK(answer && answer->to_append);
    if (auto* posted = std::get_if<transaction_posted>(answer->to_append)) {
      first_ = *posted;
      first_at_ = answer->seq;
    }
  }

  book_machine machine_{{}};
  transaction_posted first_;
  event_seq first_at_;
};

/// What was accepted is stored and exported, and read back is the same.
void check_event(small_book& book, const event& accepted, bool joined) {
  byte_buffer bytes;
  protocol::encode(accepted, joined, bytes);
  auto stored = protocol::decode(bytes);
  DAYBOOK_CHECK(stored && stored->content == accepted);
  auto& names = *book.machine().chart_of_accounts();
  auto exported = to_command(accepted, names);
  // An account or asset of this very batch: a reader comes later, when it is durable.
  auto line = protocol::to_json_line(exported, book.precisions(), links_of(accepted));
  auto again = protocol::parse_write(line, book.precisions(), limits{});
  DAYBOOK_CHECK(again);
  // A line leaves out the side that an account's kind has anyway.
  if (auto* account = std::get_if<account_definition>(&again->what); account)
    account->normal_side = account->normal_side.value_or(default_normal_side(account->kind));
  DAYBOOK_CHECK(again->what == exported);
}

} // namespace

void import_line(byte_span input) {
  small_book book;
  auto& machine = book.machine();
  auto parsed = protocol::parse_write(as_text(input), book.precisions(), limits{});
  if (!parsed) {
    DAYBOOK_CHECK(!parsed.error().message().empty());
    return;
  }
  auto before = machine.staged_seq();
  auto answer = book.stage(*parsed);
  if (!answer) {
    DAYBOOK_CHECK(machine.staged_seq() == before); // refused: nothing is changed [I6]
    DAYBOOK_CHECK(machine.staged_events() == 0);
    return;
  }
  if (!answer->to_append)
    return; // a repeat
  auto accepted = *answer->to_append;
  book.make_durable();
  check_event(book, accepted, answer->joined);
  for (auto& row : machine.trial_balance())
    DAYBOOK_CHECK(row.debit_turnover == row.credit_turnover);
  // The same line again changes nothing.
  auto repeated = book.stage(*parsed);
  DAYBOOK_CHECK(!repeated || repeated->deduplicated);
  DAYBOOK_CHECK(machine.staged_events() == 0);
}

} // namespace daybook::fuzz
