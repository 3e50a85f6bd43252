#include "node/verifier.hpp"

#include "actors/recover_book.hpp"
#include "base/names.hpp"
#include "ledger/book_machine.hpp"
#include "log/format.hpp"
#include "node/trial.hpp"

#include <utility>

namespace daybook::node {

result<book_report> verify_book(log::storage& disk, const log::data_directory& directory,
                                const std::string& book, const on_checked& checked) {
  if (auto valid = check_book_name(book); !valid)
    return fail(std::move(valid.error()));
  ledger::book_machine machine{limits{}};
  auto replay = actors::replay_into(machine);
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
                     .transactions =
                         machine.durable_seq().value() - machine.accounts() - machine.assets()};
}

} // namespace daybook::node
