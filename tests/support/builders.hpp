#pragma once

#include "ledger/types.hpp"

#include <string>
#include <utility>

// Short names for what tests say over and over.

namespace daybook::test {

inline ledger::asset_definition asset(std::string id = "CZK", std::uint8_t precision = 2) {
  return {std::move(id), ledger::asset_class::fiat, precision, "an asset"};
}

inline ledger::account_definition account(std::string path,
                                          ledger::account_kind kind = ledger::account_kind::asset) {
  ledger::account_definition x;
  x.path = std::move(path);
  x.asset = "CZK";
  x.kind = kind;
  return x;
}

/// Moves `value` minor units from the credited account to the debited one.
inline ledger::transaction transfer(std::string key, std::string debit, std::string credit,
                                    std::int64_t value) {
  ledger::transaction x;
  x.key = std::move(key);
  x.postings = {{std::move(debit), ledger::amount{value}, "CZK", ledger::side::debit},
                {std::move(credit), ledger::amount{value}, "CZK", ledger::side::credit}};
  return x;
}

} // namespace daybook::test
