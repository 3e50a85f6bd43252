#pragma once

#include "base/error.hpp"
#include "base/ids.hpp"
#include "ledger/amount.hpp"
#include "ledger/types.hpp"

#include <optional>
#include <string>

namespace daybook::actors {

/// One account's balance while a transaction's postings to it are added. The postings come to an
/// amount, and so does the balance after all of them; what is between two of them may pass the
/// range of amounts.
class posting_sum {
public:
  posting_sum(ledger::amount before, ledger::side normal) : before_(before), normal_(normal) {}

  void add(ledger::side direction, ledger::amount value) {
    fits_ = add_to(net_, direction == normal_ ? value : -value) && fits_;
  }

  /// The balance on the normal side; empty when it is not an amount.
  std::optional<ledger::amount> balance() const {
    return fits_ ? checked_add(before_, net_) : std::nullopt;
  }

  /// For showing what is between two postings: where that is not an amount, the nearest one.
  ledger::amount nearest_balance() const {
    return balance().value_or(net_.is_negative() ? -ledger::amount::max() : ledger::amount::max());
  }

private:
  ledger::amount before_;
  ledger::side normal_;
  ledger::amount net_;
  bool fits_ = true;
};

/// No book accepts such a transaction: what holds it is damaged.
inline error balance_out_of_range(account_no n, event_seq seq) {
  auto number = std::to_string(n.value());
  auto event = std::to_string(seq.value());
  return {ec::corrupt,
          "event " + event + " takes the account " + number + " out of the range of amounts",
          {{"account", number}, {"seq", event}}};
}

} // namespace daybook::actors
