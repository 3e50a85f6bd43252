#pragma once

#include "actors/errors.hpp"
#include "actors/interfaces.hpp"

#include <caf/all.hpp>

#include <iostream>
#include <string>
#include <vector>

/// An actor that keeps a book: it says what it counts and where, posts one transaction, and reads
/// the balance back. Whether the book is in this process or behind a network makes no difference to
/// it. Running it again changes nothing: definitions and keys are recognised.
inline void bookkeeper(caf::event_based_actor* self, daybook::actors::supervisor_actor node) {
  using namespace daybook;
  using namespace daybook::actors;

  auto give_up = [self](const caf::error& reason) {
    std::cerr << to_string(from_caf(reason, ec::io)) << '\n';
    self->quit(reason);
  };

  auto print_balance = [](const account_view& x) {
    std::cout << x.definition.path << ' ' << ledger::to_decimal(x.balance, x.precision) << ' '
              << x.definition.asset << '\n';
  };

  auto cash = [](ledger::side direction, const char* path) {
    return ledger::posting{path, ledger::amount{250'00}, "EUR", direction};
  };
  ledger::transaction deposit;
  deposit.key = "deposit-1";
  deposit.postings = {cash(ledger::side::debit, "assets:cash"),
                      cash(ledger::side::credit, "liabilities:customers:15")};
  std::vector<ledger::command> writes{
      ledger::asset_definition{"EUR", ledger::asset_class::fiat, 2, "Euro"},
      ledger::account_definition{"assets:cash", "EUR", ledger::account_kind::asset, {}, {}, {}},
      ledger::account_definition{
          "liabilities:customers:15", "EUR", ledger::account_kind::liability, {}, {}, {}},
      deposit};

  auto work = [=](const book_actor& book) {
    // The answer comes when all of it is durable.
    self->request(book, caf::infinite, atom::commit_v, writes)
        .then(
            [=](const std::vector<outcome>& outcomes) {
              for (auto& x : outcomes)
                if (auto* refused = std::get_if<error>(&x))
                  std::cerr << to_string(*refused) << '\n';
              self->request(book, caf::infinite, atom::balance_v, std::string{"assets:cash"})
                  .then(print_balance, give_up);
            },
            give_up);
  };
  self->request(node, caf::infinite, atom::open_v, std::string{"example"}, open_mode::create)
      .then(work, give_up);
}
