#include "node/verifier.hpp"

#include "actors/reads/log_walk.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "log/event_list.hpp"
#include "log/format.hpp"
#include "node/trial.hpp"
#include "protocol/event_codec.hpp"

#include <utility>
#include <variant>

namespace daybook::node {

namespace {

/// Applies a log to a machine, as opening the book would, and counts the transactions.
class counting_replay {
public:
  explicit counting_replay(ledger::book_machine& machine) : machine_(machine) {}

  result<void> operator()(const log::stored_batch& batch) {
    if (auto begun = machine_.begin_replay(actors::info_of(batch)); !begun)
      return fail(actors::at_record(begun.error(), batch));
    log::event_list events{batch.payload};
    while (auto bytes = events.next()) {
      auto applied = protocol::decode(*bytes, event_).and_then([this] {
        return machine_.replay(event_.content);
      });
      if (!applied)
        return fail(actors::at_record(applied.error(), batch));
      transactions_ += std::holds_alternative<ledger::transaction_posted>(event_.content) ? 1 : 0;
    }
    return {};
  }

  std::uint64_t transactions() const { return transactions_; }

private:
  ledger::book_machine& machine_;
  ledger::stored_event event_;
  std::uint64_t transactions_ = 0;
};

} // namespace

result<book_report> verify_book(log::storage& disk, const log::data_directory& directory,
                                const std::string& book, const on_checked& checked) {
  if (auto valid = check_book_name(book); !valid)
    return fail(std::move(valid.error()));
  ledger::book_machine machine{{}};
  counting_replay replay{machine};
  auto verified =
      log::verify(disk, directory.book_directory(book), book, [&](const log::stored_batch& batch) {
        checked(log::record_bytes(batch.payload.size()));
        return replay(batch);
      });
  if (!verified)
    return fail(std::move(verified.error()));
  auto chart = machine.chart_of_accounts();
  for (auto& row : machine.trial_balance())
    if (!is_even(row))
      return fail(uneven(book, (*chart)[row.asset].definition.id));
  return book_report{.log = std::move(*verified),
                     .events = machine.durable_seq().value(),
                     .accounts = machine.accounts(),
                     .transactions = replay.transactions()};
}

} // namespace daybook::node
