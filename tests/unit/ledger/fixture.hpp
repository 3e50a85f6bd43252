#pragma once

#include "ledger/book_machine.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>
#include <vector>

// Short words for the tests of the ledger.

namespace daybook::ledger {

inline posting debit(std::string account, std::int64_t value, std::string asset = "") {
  return {std::move(account), amount{value}, std::move(asset), side::debit};
}

inline posting credit(std::string account, std::int64_t value, std::string asset = "") {
  return {std::move(account), amount{value}, std::move(asset), side::credit};
}

inline transaction transfer(std::string key, std::vector<posting> postings) {
  transaction x;
  x.key = std::move(key);
  x.postings = std::move(postings);
  return x;
}

inline account_definition account(std::string path, std::string asset = "EUR",
                                  account_kind kind = account_kind::asset) {
  account_definition x;
  x.path = std::move(path);
  x.asset = std::move(asset);
  x.kind = kind;
  return x;
}

inline chain_hash hash_number(int n) {
  chain_hash x{};
  x[0] = static_cast<std::byte>(n);
  return x;
}

/// The error of an answer that must be one.
template <class T>
error refusal_of(const result<T>& answer) {
  if (answer)
    FAIL("accepted");
  return answer.error();
}

/// A book with the assets EUR (2 decimals) and BTC (8), and the accounts cash, bank, sales (income,
/// so on the credit side) and coins (in BTC), all durable: seq 1 to 6.
class small_book {
public:
  small_book() {
    accept(asset_definition{"EUR", asset_class::fiat, 2, "Euro"});
    accept(asset_definition{"BTC", asset_class::crypto, 8, ""});
    accept(account("cash"));
    accept(account("bank"));
    accept(account("sales", "EUR", account_kind::income));
    accept(account("coins", "BTC"));
    commit();
  }

  staged accept(const command& x) {
    auto answer = machine.stage(x);
    if (!answer)
      FAIL(to_string(answer.error()));
    if (answer->to_append != nullptr)
      events.push_back(*answer->to_append);
    return *answer;
  }

  /// The error, after checking that nothing has changed that a refusal must not change.
  error refuse(const command& x) {
    auto before = machine.staged_seq();
    auto refusal = refusal_of(machine.stage(x));
    CHECK(machine.staged_seq() == before);
    return refusal;
  }

  void commit(timestamp now = timestamp{}) {
    auto batch = machine.seal(now);
    auto chain = hash_number(++commits);
    machine.mark_durable(chain);
    batches.push_back({batch.first_seq, machine.epoch(), batch.committed_at, chain});
  }

  balance balance_of(std::string_view path) const {
    auto n = machine.find_account(path);
    if (!n)
      FAIL(to_string(n.error()));
    return machine.balance_of(*n);
  }

  amount value_of(std::string_view path) const { return balance_of(path).value; }

  static constexpr book_id id{0xB00C};
  static constexpr writer_epoch epoch{3};

  book_machine machine{id, epoch, limits{}};
  std::vector<event> events; ///< all that were to be appended
  std::vector<batch_info> batches;
  int commits = 0;
};

} // namespace daybook::ledger
