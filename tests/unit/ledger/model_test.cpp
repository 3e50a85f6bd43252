// Random histories against a ledger that is too simple to be wrong: maps, and a copy of everything
// for each state that an event passes through.

#include "fixture.hpp"

#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

using namespace daybook;
using namespace daybook::ledger;

namespace {

struct answer {
  std::optional<ec> refused;
  std::uint64_t seq = 0;
  bool deduplicated = false;

  friend bool operator==(const answer&, const answer&) = default;
};

answer refusal(ec code) { return {code, 0, false}; }

/// Amounts are small here: overflow has tests of its own.
struct simple_book {
  struct opened_account {
    account_definition definition;
    std::uint64_t opened_at = 0;
    std::int64_t debits = 0;
    std::int64_t credits = 0;
    std::uint64_t updated_at = 0;

    std::int64_t balance() const {
      return *definition.normal_side == side::debit ? debits - credits : credits - debits;
    }
  };

  answer write(const asset_definition& x) {
    if (x.precision > 30)
      return refusal(ec::invalid_argument);
    if (!assets.contains(x.id)) {
      assets[x.id] = {x, ++seq};
      return {{}, seq, false};
    }
    if (assets[x.id].first != x)
      return refusal(ec::already_exists);
    return {{}, assets[x.id].second, true};
  }

  answer write(account_definition x) {
    if (!assets.contains(x.asset))
      return refusal(ec::unknown_asset);
    if (x.min_balance && x.max_balance && *x.min_balance > *x.max_balance)
      return refusal(ec::invalid_argument);
    x.normal_side = default_normal_side(x.kind);
    if (!accounts.contains(x.path)) {
      accounts[x.path] = {x, ++seq};
      return {{}, seq, false};
    }
    if (accounts[x.path].definition != x)
      return refusal(ec::already_exists);
    return {{}, accounts[x.path].opened_at, true};
  }

  answer write(const transaction& x) {
    if (keys.contains(x.key)) {
      auto& [first, at] = keys[x.key];
      return with_assets(x) == first ? answer{{}, at, true} : refusal(ec::idempotency_conflict);
    }
    if (x.postings.empty())
      return refusal(ec::invalid_argument);
    std::map<std::string, std::int64_t> sums;
    auto after = accounts;
    for (auto& posting : x.postings) {
      if (!accounts.contains(posting.account))
        return refusal(ec::unknown_account);
      auto& account = after[posting.account];
      auto& asset = account.definition.asset;
      if (!posting.asset.empty() && posting.asset != asset)
        return refusal(assets.contains(posting.asset) ? ec::asset_mismatch : ec::unknown_asset);
      auto value = static_cast<std::int64_t>(posting.value.value());
      if (value <= 0)
        return refusal(ec::invalid_amount);
      auto is_debit = posting.direction == side::debit;
      sums[asset] += is_debit ? value : -value;
      (is_debit ? account.debits : account.credits) += value;
      account.updated_at = seq + 1;
    }
    for (auto& [asset, sum] : sums)
      if (sum != 0)
        return refusal(ec::unbalanced);
    for (auto& posting : x.postings) {
      auto& account = after[posting.account];
      auto& bounds = account.definition;
      if ((bounds.min_balance && amount{account.balance()} < *bounds.min_balance) ||
          (bounds.max_balance && amount{account.balance()} > *bounds.max_balance))
        return refusal(ec::limit_exceeded);
    }
    accounts = after;
    keys[x.key] = {with_assets(x), ++seq};
    return {{}, seq, false};
  }

  /// The same transaction with no asset left out.
  transaction with_assets(transaction x) {
    for (auto& posting : x.postings)
      if (posting.asset.empty() && accounts.contains(posting.account))
        posting.asset = accounts[posting.account].definition.asset;
    return x;
  }

  std::map<std::string, std::pair<asset_definition, std::uint64_t>> assets;
  std::map<std::string, opened_account> accounts;
  std::map<std::string, std::pair<transaction, std::uint64_t>> keys;
  std::uint64_t seq = 0;
};

// -- histories -----------------------------------------------------------------------------------

struct seal_batch {};
struct sync_batch {};
struct retry {
  std::size_t which; ///< of the transactions so far, modulo their number
};
using step =
    std::variant<asset_definition, account_definition, transaction, seal_batch, sync_batch, retry>;

std::string any_asset() {
  return *rc::gen::weightedElement<std::string>({{6, "A"}, {6, "B"}, {1, "C"}});
}

std::string any_account() {
  return *rc::gen::element<std::string>("a", "b", "c", "d", "e", "f", "a long path:of:an account");
}

std::optional<amount> any_bound(int low, int high) {
  if (*rc::gen::inRange(0, 3) != 0)
    return std::nullopt;
  return amount{*rc::gen::inRange(low, high)};
}

step any_asset_definition() {
  auto precision = *rc::gen::weightedElement<std::uint8_t>({{20, 2}, {1, 8}, {1, 31}});
  return asset_definition{any_asset(), asset_class::fiat, precision, ""};
}

step any_account_definition() {
  auto x = account(any_account(), any_asset(),
                   *rc::gen::element(account_kind::asset, account_kind::income));
  x.min_balance = any_bound(-20, 1);
  x.max_balance = any_bound(-1, 20);
  return x;
}

posting any_posting() {
  auto asset = *rc::gen::inRange(0, 10) == 0 ? any_asset() : "";
  auto value = *rc::gen::weightedOneOf<int>({{20, rc::gen::inRange(1, 6)}, {1, rc::gen::just(0)}});
  auto direction = *rc::gen::element(side::debit, side::credit);
  return {any_account(), amount{value}, asset, direction};
}

/// A movement between two accounts that usually are of one asset.
std::vector<posting> any_movement() {
  auto paths = *rc::gen::element(std::vector<std::string>{"a", "b", "e"},
                                 std::vector<std::string>{"c", "d", "f"});
  auto value = *rc::gen::inRange(1, 10);
  return {debit(*rc::gen::elementOf(paths), value), credit(*rc::gen::elementOf(paths), value)};
}

step any_transaction() {
  auto x = transfer(std::to_string(*rc::gen::inRange(0, 500)), {});
  auto movements = *rc::gen::inRange(0, 4);
  for (int i = 0; i < movements; ++i)
    std::ranges::copy(any_movement(), std::back_inserter(x.postings));
  if (*rc::gen::inRange(0, 4) == 0)
    x.postings.push_back(*rc::gen::exec(any_posting));
  return x;
}

using history = std::vector<step>;

rc::Gen<history> any_history() {
  auto any_step = rc::gen::weightedOneOf<step>({
      {2, rc::gen::exec(any_asset_definition)},
      {6, rc::gen::exec(any_account_definition)},
      {20, rc::gen::exec(any_transaction)},
      {4, rc::gen::map(rc::gen::arbitrary<std::size_t>(), [](auto n) { return step{retry{n}}; })},
      {2, rc::gen::just(step{seal_batch{}})},
      {2, rc::gen::just(step{sync_batch{}})},
  });
  return rc::gen::scale(4, rc::gen::container<history>(any_step));
}

/// Without these, most of a history would be refusals.
history with_beginning(history x) {
  auto bounded = account("b", "A");
  bounded.min_balance = amount{-10};
  bounded.max_balance = amount{10};
  history all{asset_definition{"A", asset_class::fiat, 2, ""},
              asset_definition{"B", asset_class::fiat, 2, ""},
              account("a", "A"),
              bounded,
              account("c", "B"),
              account("d", "B")};
  all.insert(all.end(), x.begin(), x.end());
  return all;
}

// -- the comparison ------------------------------------------------------------------------------

/// Runs the machine and the simple book side by side.
class comparison {
public:
  void run(const history& steps) {
    for (auto& x : steps) {
      std::visit([this](auto& y) { apply(y); }, x);
      RC_ASSERT(machine_.staged_seq() == event_seq{staged_.seq});
      compare_readers(machine_);
    }
    finish();
    compare_replay();
  }

private:
  void apply(const seal_batch&) {
    if (machine_.staged_events() == 0 || machine_.has_sealed())
      return;
    auto sealed = machine_.seal(timestamp{10});
    RC_ASSERT(sealed.first_seq == event_seq{durable_.seq + 1});
    RC_ASSERT(sealed.events == staged_.seq - durable_.seq);
    sealed_ = staged_;
    batches_.push_back({sealed.first_seq, machine_.epoch(), sealed.committed_at,
                        hash_number(static_cast<int>(batches_.size()))});
  }

  void apply(const sync_batch&) {
    if (!machine_.has_sealed())
      return;
    machine_.mark_durable(batches_.back().chain);
    durable_ = sealed_;
  }

  void apply(const retry& x) {
    if (!transactions_.empty())
      write(transactions_[x.which % transactions_.size()]);
  }

  void apply(const transaction& x) {
    transactions_.push_back(x);
    write(x);
  }

  void apply(const auto& x) { write(x); }

  void write(const auto& x) {
    auto said = machine_.stage(x);
    auto expected = staged_.write(x);
    RC_ASSERT(said.has_value() == !expected.refused);
    if (!said) {
      RC_ASSERT(said.error().code() == *expected.refused);
      return;
    }
    RC_ASSERT(said->seq == event_seq{expected.seq});
    RC_ASSERT(said->deduplicated == expected.deduplicated);
    RC_ASSERT((said->to_append == nullptr) == expected.deduplicated);
    if (said->to_append != nullptr)
      events_.push_back(*said->to_append);
  }

  void finish() {
    apply(sync_batch{});
    apply(seal_batch{});
    apply(sync_batch{});
    RC_ASSERT(durable_.seq == events_.size());
    compare_readers(machine_);
  }

  void compare_readers(const book_machine& machine) {
    RC_ASSERT(machine.durable_seq() == event_seq{durable_.seq});
    RC_ASSERT(machine.assets() == durable_.assets.size());
    RC_ASSERT(machine.accounts() == durable_.accounts.size());
    std::map<std::string, trial_balance_row> rows;
    for (auto& row : machine.trial_balance())
      rows[(*machine.chart_of_accounts())[row.asset].definition.id] = row;
    for (auto& [path, account] : durable_.accounts) {
      auto n = machine.find_account(path);
      RC_ASSERT(n.has_value());
      RC_ASSERT(machine.balance_of(*n) ==
                (balance{amount{account.balance()}, event_seq{account.updated_at}}));
      take_from(rows[account.definition.asset], account);
    }
    for (auto& [id, row] : rows)
      RC_ASSERT(row == (trial_balance_row{row.asset, {}, {}, {}, {}}));
  }

  /// A trial balance without all its accounts is zero.
  static void take_from(trial_balance_row& row, const simple_book::opened_account& x) {
    auto take = [](amount& sum, std::int64_t y) { sum = *checked_subtract(sum, amount{y}); };
    take(row.debit_turnover, x.debits);
    take(row.credit_turnover, x.credits);
    auto net = x.debits - x.credits;
    take(net < 0 ? row.credit_balances : row.debit_balances, net < 0 ? -net : net);
  }

  void compare_replay() {
    book_machine replayed{machine_.id(), writer_epoch{2}, limits{}};
    auto next = batches_.begin();
    for (std::uint64_t seq = 1; seq <= events_.size(); ++seq) {
      if (next != batches_.end() && next->first_seq == event_seq{seq})
        RC_ASSERT(replayed.begin_replay(*next++).has_value());
      RC_ASSERT(replayed.replay(events_[seq - 1]).has_value());
    }
    compare_readers(replayed);
    for (std::uint64_t seq = 1; seq <= events_.size(); ++seq)
      RC_ASSERT(replayed.receipt_of(event_seq{seq}, true) ==
                machine_.receipt_of(event_seq{seq}, true));
    for (auto& [key, first] : durable_.keys)
      compare_retries(replayed, first.first, first.second);
  }

  static void compare_retries(book_machine& machine, transaction x, std::uint64_t seq) {
    auto again = machine.stage(x);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->deduplicated);
    RC_ASSERT(again->seq == event_seq{seq});
    x.metadata = "{}";
    auto other = machine.stage(x);
    RC_ASSERT_FALSE(other.has_value());
    RC_ASSERT(other.error().code() == ec::idempotency_conflict);
  }

  book_machine machine_{book_id{7}, writer_epoch{1}, limits{}};
  simple_book staged_;
  simple_book sealed_;
  simple_book durable_;
  std::vector<event> events_;
  std::vector<batch_info> batches_;
  std::vector<transaction> transactions_; ///< all that were tried
};

} // namespace

TEST_CASE("the machine and a simple book agree on every history", "[I3][I5][I6][I7]") {
  REQUIRE(rc::check("the machine and a simple book agree on every history",
                    [] { comparison{}.run(with_beginning(*any_history())); }));
}
