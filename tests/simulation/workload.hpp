#pragma once

#include "ledger/types.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace daybook::simulation {

/// What clients ask of a book: a few accounts that everybody fights over, bounds that are hit, keys
/// that come again, with the same content or another.
class workload {
public:
  explicit workload(std::uint64_t seed) : dice_(seed, "workload") {}

  /// Before anything else.
  std::vector<ledger::write> foundations() const;

  request next(std::size_t client);

  /// For a fence that is active.
  request next_submission(std::size_t client, actors::fence_id fence);

  /// Transactions that are known to be durable, to be reversed.
  void learn(const request& answered);

  std::string any_path() { return path_of(dice_.below(accounts_max)); }
  std::string any_key();
  static std::string path_of(std::uint64_t i) { return "accounts:a" + std::to_string(i); }

  static constexpr std::uint64_t accounts_max = 8;

private:
  static ledger::account_definition account_at(std::uint64_t i);
  ledger::write any_write();
  ledger::transaction movement();
  ledger::write conditional(ledger::write x);
  void fill(request& x);
  std::vector<ledger::write> any_atomic_items();

  dice dice_;
  std::uint64_t keys_ = 0;
  std::uint64_t end_ = 1;                         ///< about where the book is
  std::vector<ledger::write> posted_;             ///< what has been asked for
  std::vector<std::vector<ledger::write>> units_; ///< atomic batches that have been asked for
  std::vector<event_seq> known_;                  ///< events that were acknowledged
};

} // namespace daybook::simulation
