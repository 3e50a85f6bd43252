#pragma once

#include "tests/conformance/conformance.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

/// What a book must look like, as a few maps. Knows the rules of what the property of deletions
/// writes, and no others. Amounts are on the normal side.
class book_model {
public:
  struct entry {
    event_seq seq;
    std::int64_t balance_after = 0;

    friend bool operator==(const entry&, const entry&) = default;
  };

  struct account_part {
    ledger::account_definition definition;
    std::int64_t balance = 0;
    bool closed = false;
    std::optional<ledger::receipt> changed; ///< when it was last closed or reopened
    std::vector<entry> entries;
  };

  struct posted {
    ledger::command asked;
    ledger::receipt first;
  };

  /// What the book has to say to a write: a refusal, the first receipt, or neither when it is new.
  struct verdict {
    std::optional<ec> refusal;
    std::optional<ledger::receipt> first;

    bool is_new() const { return !refusal && !first; }
  };

  verdict judge(const ledger::command& x) const {
    return std::visit([this](auto& y) { return judge_one(y); }, x);
  }

  /// Takes in what was accepted.
  void add(const ledger::command& x, const ledger::receipt& receipt) {
    last_ = receipt.id.seq;
    std::visit([&](auto& y) { add_one(y, receipt); }, x);
  }

  /// A receipt for what has none yet, in a model that is thrown away.
  ledger::receipt next_receipt() const {
    ledger::receipt x;
    x.id.seq = last_.next();
    return x;
  }

  event_seq last() const { return last_; }
  const std::map<std::string, posted>& keys() const { return keys_; }
  const std::map<std::string, account_part>& accounts() const { return accounts_; }
  const std::vector<ledger::asset_definition>& assets() const { return assets_; }

  /// Transactions that were taken back, by their seqs.
  const std::set<event_seq>& reversed() const { return reversed_; }

  const ledger::transaction* transaction_at(event_seq seq) const {
    auto found = transactions_.find(seq);
    return found == transactions_.end() ? nullptr : &found->second;
  }

  std::vector<event_seq> transactions() const {
    std::vector<event_seq> seqs;
    for (auto& [seq, x] : transactions_)
      seqs.push_back(seq);
    return seqs;
  }

  /// An account's balance after each event; zero before the first.
  std::int64_t balance_at(const std::string& path, event_seq seq) const {
    std::int64_t balance = 0;
    for (auto& x : accounts_.at(path).entries)
      if (x.seq <= seq)
        balance = x.balance_after;
    return balance;
  }

private:
  static verdict refuse(ec code) { return {code, {}}; }

  verdict judge_one(const ledger::asset_definition& x) const { return repeat_of("asset " + x.id); }
  verdict judge_one(const ledger::account_definition& x) const {
    return repeat_of("account " + x.path);
  }
  verdict judge_one(const ledger::account_closing& x) const {
    auto& account = accounts_.at(x.path);
    if (account.closed)
      return {{}, account.changed};
    if (account.balance != 0 && !x.even_with_balance)
      return refuse(ec::condition_failed);
    return {};
  }
  verdict judge_one(const ledger::account_reopening& x) const {
    auto& account = accounts_.at(x.path);
    if (account.closed)
      return {};
    return {{}, account.changed ? account.changed : definitions_.at("account " + x.path)};
  }

  verdict judge_one(const ledger::transaction& x) const {
    if (auto known = keys_.find(x.key); known != keys_.end())
      return known->second.asked == ledger::command{x} ? verdict{{}, known->second.first}
                                                       : refuse(ec::idempotency_conflict);
    return weigh(x);
  }

  verdict judge_one(const ledger::reversal& x) const {
    if (auto known = keys_.find(x.key); known != keys_.end())
      return known->second.asked == ledger::command{x} ? verdict{{}, known->second.first}
                                                       : refuse(ec::idempotency_conflict);
    auto* original = transaction_at(x.of);
    if (!original)
      return refuse(ec::not_found);
    if (reversed_.contains(x.of))
      return refuse(ec::already_reversed);
    return weigh(mirrored(*original));
  }

  verdict weigh(const ledger::transaction& x) const {
    for (auto& posting : x.postings) {
      auto found = accounts_.find(posting.account);
      if (found == accounts_.end())
        return refuse(ec::unknown_account);
    }
    for (auto& posting : x.postings)
      if (accounts_.at(posting.account).closed)
        return refuse(ec::account_closed);
    for (auto& posting : x.postings) {
      auto& account = accounts_.at(posting.account);
      ledger::amount would_be{account.balance + moved(account, posting)};
      auto& bounds = account.definition;
      if ((bounds.min_balance && would_be < *bounds.min_balance) ||
          (bounds.max_balance && would_be > *bounds.max_balance))
        return refuse(ec::limit_exceeded);
    }
    return {};
  }

  verdict repeat_of(const std::string& definition) const {
    auto found = definitions_.find(definition);
    return found == definitions_.end() ? verdict{} : verdict{{}, found->second};
  }

  void add_one(const ledger::asset_definition& x, const ledger::receipt& receipt) {
    assets_.push_back(x);
    definitions_["asset " + x.id] = receipt;
  }
  void add_one(const ledger::account_definition& x, const ledger::receipt& receipt) {
    accounts_[x.path].definition = x;
    definitions_["account " + x.path] = receipt;
  }
  void add_one(const ledger::account_closing& x, const ledger::receipt& receipt) {
    accounts_[x.path].closed = true;
    accounts_[x.path].changed = receipt;
  }
  void add_one(const ledger::account_reopening& x, const ledger::receipt& receipt) {
    accounts_[x.path].closed = false;
    accounts_[x.path].changed = receipt;
  }
  void add_one(const ledger::transaction& x, const ledger::receipt& receipt) {
    keys_[x.key] = {x, receipt};
    post(x, receipt.id.seq);
  }
  void add_one(const ledger::reversal& x, const ledger::receipt& receipt) {
    keys_[x.key] = {x, receipt};
    reversed_.insert(x.of);
    post(mirrored(transactions_.at(x.of)), receipt.id.seq);
  }

  void post(const ledger::transaction& x, event_seq seq) {
    transactions_[seq] = x;
    for (auto& posting : x.postings) {
      auto& account = accounts_.at(posting.account);
      account.balance += moved(account, posting);
      account.entries.push_back({seq, account.balance});
    }
  }

  static ledger::transaction mirrored(ledger::transaction x) {
    for (auto& posting : x.postings)
      posting.direction =
          posting.direction == ledger::side::debit ? ledger::side::credit : ledger::side::debit;
    return x;
  }

  static std::int64_t moved(const account_part& to, const ledger::posting& x) {
    auto value = static_cast<std::int64_t>(x.value.value());
    auto normal =
        to.definition.normal_side.value_or(ledger::default_normal_side(to.definition.kind));
    return x.direction == normal ? value : -value;
  }

  event_seq last_;
  std::map<std::string, posted> keys_;
  std::map<std::string, ledger::receipt> definitions_;
  std::map<std::string, account_part> accounts_;
  std::vector<ledger::asset_definition> assets_;
  std::map<event_seq, ledger::transaction> transactions_;
  std::set<event_seq> reversed_;
};

} // namespace daybook::test
