#pragma once

#include "fixture.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// A ledger that is too simple to be wrong: maps, copied as a whole for each state that an event
// passes through. Amounts are small here: overflow has tests of its own.

namespace daybook::ledger {

struct answer {
  std::optional<ec> refused{};
  std::uint64_t seq = 0;
  bool deduplicated = false;
  std::vector<std::pair<std::string, std::int64_t>> balances{};
  std::size_t item = 0; ///< of an atomic batch, if it is refused

  friend bool operator==(const answer&, const answer&) = default;
};

inline answer refusal(ec code) { return {.refused = code}; }

class simple_book {
public:
  struct opened_account {
    account_definition definition;
    std::uint64_t opened_at = 0;
    std::int64_t debits = 0;
    std::int64_t credits = 0;
    std::uint64_t updated_at = 0;
    bool closed = false;
    std::uint64_t changed_at = 0;

    std::int64_t balance() const {
      return *definition.normal_side == side::debit ? debits - credits : credits - debits;
    }
  };

  answer write_one(const write& x) {
    if (x.caused_by)
      return refusal(ec::invalid_argument);
    return std::visit([&](auto& y) { return decide(y, x); }, x.what);
  }

  /// Empty: the batch as a whole was refused.
  std::vector<answer> write_all(const std::vector<write>& items, answer& refused) {
    auto copy = *this;
    copy.unit_from = seq + 1;
    auto answers = copy.try_all(items, refused);
    copy.unit_from = none;
    if (!refused.refused)
      *this = copy;
    return answers;
  }

  std::map<std::string, std::pair<asset_definition, std::uint64_t>> assets;
  std::map<std::string, opened_account> accounts;
  std::map<std::string, std::pair<transaction, std::uint64_t>> keys;
  std::map<std::uint64_t, transaction> posted;
  std::set<std::uint64_t> reversed;
  std::map<std::uint64_t, std::pair<std::string, bool>> changes; ///< closings and reopenings
  /// Atomic batches and their answers, by their first key.
  std::map<std::string, std::pair<std::vector<write>, std::vector<std::uint64_t>>> accepted;
  std::uint64_t seq = 0;
  std::uint64_t durable = 0;      ///< what may be reversed
  std::uint64_t unit_from = none; ///< and what transactions may reverse, in an atomic batch
  book_id id;

  static constexpr auto none = UINT64_MAX;

private:
  std::vector<answer> try_all(const std::vector<write>& items, answer& refused) {
    refused = {};
    auto at = [&](std::size_t item, ec code) {
      refused = {.refused = code, .item = item};
      return std::vector<answer>{};
    };
    if (items.empty())
      return at(0, ec::invalid_argument);
    std::set<std::string> seen;
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < items.size(); ++i)
      if (auto* key = key_of(items[i].what)) {
        if (!seen.insert(*key).second)
          return at(i, ec::idempotency_conflict);
        if (keys.contains(*key))
          known.push_back(i);
      }
    if (!known.empty() && known.size() < seen.size())
      return at(known.front(), ec::idempotency_conflict);
    std::vector<answer> answers;
    auto first = known.empty() ? std::vector<std::uint64_t>{} : first_seqs(items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      auto x = items[i];
      if (x.caused_by) {
        if (*x.caused_by >= i)
          return at(i, ec::invalid_argument);
        auto cause = id_text(answers[*x.caused_by].seq);
        if (!x.causation_id.empty() && x.causation_id != cause)
          return at(i, ec::invalid_argument);
        x.causation_id = cause;
        x.caused_by.reset();
      }
      auto y = known.empty() ? write_one(x) : repeat(x, first[i]);
      if (!y.refused && !known.empty() && !y.deduplicated)
        y = refusal(ec::idempotency_conflict);
      if (y.refused)
        return at(i, *y.refused);
      answers.push_back(y);
    }
    if (known.empty() && !seen.empty())
      accepted[*seen.begin()] = {items, seqs_of(answers)};
    return answers;
  }

  static std::vector<std::uint64_t> seqs_of(const std::vector<answer>& xs) {
    std::vector<std::uint64_t> seqs;
    for (auto& x : xs)
      seqs.push_back(x.seq);
    return seqs;
  }

  // -- repeated batches --------------------------------------------------------------------------

  /// What the first answers were, if these are the items of then. Else they are looked for: between
  /// the transactions, whose events are known, items and events are in the same order. Zero for
  /// what was not done there.
  std::vector<std::uint64_t> first_seqs(const std::vector<write>& items) const {
    for (auto& [key, batch] : accepted)
      if (batch.first == items)
        return batch.second;
    std::vector<std::uint64_t> at(items.size());
    std::vector<std::size_t> keyed;
    for (std::size_t i = 0; i < items.size(); ++i) {
      at[i] = known_seq(items[i].what);
      if (key_of(items[i].what))
        keyed.push_back(i);
    }
    walk(items, at, keyed.front(), -1);
    for (auto i : keyed)
      walk(items, at, i, +1);
    for (std::size_t i = 0; i < items.size(); ++i)
      if (auto same = same_before(items, i))
        at[i] = at[*same];
    return at;
  }

  void walk(const std::vector<write>& items, std::vector<std::uint64_t>& at, std::size_t from,
            int step) const {
    auto last = at[from];
    auto certain = last; // no definition, which may be one from before
    for (auto i = static_cast<int>(from) + step; i >= 0 && i < static_cast<int>(items.size());
         i += step) {
      auto n = static_cast<std::size_t>(i);
      auto wanted = change_in(items[n].what);
      if (key_of(items[n].what))
        return;
      if (same_before(items, n) || (wanted && !accounts.contains(wanted->first)))
        continue;
      auto next = last + static_cast<std::uint64_t>(step);
      auto found = changes.find(next);
      if (wanted ? found != changes.end() && found->second == *wanted : at[n] == next) {
        last = at[n] = next;
        certain = wanted ? next : certain;
      } else if (wanted) {
        at[n] = step > 0 ? last_change(*wanted, next, next) : last_change(*wanted, last, certain);
      }
    }
  }

  std::uint64_t last_change(const std::pair<std::string, bool>& wanted, std::uint64_t before,
                            std::uint64_t opened_before) const {
    std::uint64_t found = 0;
    auto closed = false;
    for (auto& [n, change] : changes)
      if (n < before && change.first == wanted.first) {
        found = n;
        closed = change.second;
      }
    if (closed != wanted.second)
      return 0;
    auto opened_at = accounts.at(wanted.first).opened_at;
    return found == 0 && opened_at < opened_before ? opened_at : found;
  }

  std::uint64_t known_seq(const command& x) const {
    if (auto* key = key_of(x))
      return keys.at(*key).second;
    if (auto* asset = std::get_if<asset_definition>(&x))
      return assets.contains(asset->id) ? assets.at(asset->id).second : 0;
    auto* account = std::get_if<account_definition>(&x);
    return account && accounts.contains(account->path) ? accounts.at(account->path).opened_at : 0;
  }

  static std::optional<std::pair<std::string, bool>> change_in(const command& x) {
    if (auto* closing = std::get_if<account_closing>(&x))
      return std::pair{closing->path, true};
    auto* reopening = std::get_if<account_reopening>(&x);
    return reopening ? std::optional{std::pair{reopening->path, false}} : std::nullopt;
  }

  /// The item before that wants the same of the account, if none between wants otherwise.
  static std::optional<std::size_t> same_before(const std::vector<write>& items, std::size_t i) {
    auto wanted = change_in(items[i].what);
    while (wanted && i-- > 0)
      if (auto other = change_in(items[i].what); other && other->first == wanted->first)
        return other == wanted ? std::optional{i} : std::nullopt;
    return std::nullopt;
  }

  answer repeat(write x, std::uint64_t first) {
    if (auto change = change_in(x.what))
      return accounts.contains(change->first) ? answer{.seq = first, .deduplicated = first != 0}
                                              : refusal(ec::unknown_account);
    x.conditions.clear();
    return write_one(x);
  }

  std::string id_text(std::uint64_t n) const { return to_string(transaction_id{id, event_seq{n}}); }

  // -- conditions --------------------------------------------------------------------------------

  std::optional<ec> fails(const std::vector<condition>& xs) const {
    for (auto& x : xs)
      if (auto code = std::visit([this](auto& y) { return fails(y); }, x))
        return code;
    return std::nullopt;
  }

  std::optional<ec> fails(const book_version& x) const {
    return x.seq.value() == seq ? std::nullopt : std::optional{ec::condition_failed};
  }

  std::optional<ec> fails(const auto& x) const {
    auto found = accounts.find(x.account);
    if (found == accounts.end())
      return ec::unknown_account;
    return holds(x, found->second) ? std::nullopt : std::optional{ec::condition_failed};
  }

  static bool holds(const account_version& x, const opened_account& y) {
    return x.updated_seq.value() == y.updated_at;
  }
  static bool holds(const balance_at_least& x, const opened_account& y) {
    return amount{y.balance()} >= x.value;
  }
  static bool holds(const balance_at_most& x, const opened_account& y) {
    return amount{y.balance()} <= x.value;
  }

  // -- commands ----------------------------------------------------------------------------------

  answer decide(const asset_definition& x, const write& w) {
    if (x.precision > 30)
      return refusal(ec::invalid_argument);
    if (assets.contains(x.id))
      return assets[x.id].first == x ? answer{.seq = assets[x.id].second, .deduplicated = true}
                                     : refusal(ec::already_exists);
    if (auto code = fails(w.conditions))
      return refusal(*code);
    assets[x.id] = {x, ++seq};
    return {.seq = seq};
  }

  answer decide(account_definition x, const write& w) {
    if (!assets.contains(x.asset))
      return refusal(ec::unknown_asset);
    if (x.min_balance && x.max_balance && *x.min_balance > *x.max_balance)
      return refusal(ec::invalid_argument);
    x.normal_side = default_normal_side(x.kind);
    if (accounts.contains(x.path))
      return accounts[x.path].definition == x
                 ? answer{.seq = accounts[x.path].opened_at, .deduplicated = true}
                 : refusal(ec::already_exists);
    if (auto code = fails(w.conditions))
      return refusal(*code);
    accounts[x.path] = {.definition = x, .opened_at = ++seq};
    return {.seq = seq};
  }

  answer decide(const account_closing& x, const write& w) {
    if (!accounts.contains(x.path))
      return refusal(ec::unknown_account);
    auto& found = accounts[x.path];
    if (found.closed)
      return {.seq = found.changed_at, .deduplicated = true};
    if (auto code = fails(w.conditions))
      return refusal(*code);
    if (found.balance() != 0 && !x.even_with_balance)
      return refusal(ec::condition_failed);
    found.closed = true;
    found.changed_at = ++seq;
    changes[seq] = {x.path, true};
    return {.seq = seq};
  }

  answer decide(const account_reopening& x, const write& w) {
    if (!accounts.contains(x.path))
      return refusal(ec::unknown_account);
    auto& found = accounts[x.path];
    if (!found.closed)
      return {.seq = found.changed_at == 0 ? found.opened_at : found.changed_at,
              .deduplicated = true};
    if (auto code = fails(w.conditions))
      return refusal(*code);
    found.closed = false;
    found.changed_at = ++seq;
    changes[seq] = {x.path, false};
    return {.seq = seq};
  }

  const transaction* posted_at(event_seq n, std::uint64_t also_from = none) const {
    auto found = posted.find(n.value());
    auto may_be = n.value() <= durable || n.value() >= also_from;
    return found == posted.end() || !may_be ? nullptr : &found->second;
  }

  static transaction mirrored(transaction x) {
    for (auto& y : x.postings)
      y.direction = y.direction == side::debit ? side::credit : side::debit;
    return x;
  }

  answer decide(const reversal& x, const write& w) {
    auto* original = posted_at(x.of);
    transaction y;
    y.key = x.key;
    y.occurred_at = x.occurred_at;
    y.metadata = x.metadata;
    y.causation_id = id_text(x.of.value());
    y.reverses = x.of;
    y.correlation_id = x.correlation_id.empty() ? w.correlation_id : x.correlation_id;
    if (!w.causation_id.empty() && w.causation_id != y.causation_id)
      return refusal(ec::invalid_argument);
    if (!w.correlation_id.empty() && w.correlation_id != y.correlation_id)
      return refusal(ec::invalid_argument);
    if (!original) {
      if (keys.contains(x.key))
        return refusal(ec::idempotency_conflict);
      return refusal(fails(w.conditions).value_or(ec::not_found));
    }
    y.postings = mirrored(*original).postings;
    if (y.correlation_id.empty())
      y.correlation_id = original->correlation_id;
    return post(y, w.conditions);
  }

  answer decide(transaction x, const write& w) {
    auto join = [](std::string& own, const std::string& given) {
      if (own.empty())
        own = given;
      return given.empty() || own == given;
    };
    if (!join(x.correlation_id, w.correlation_id) || !join(x.causation_id, w.causation_id))
      return refusal(ec::invalid_argument);
    return post(x, w.conditions);
  }

  answer post(const transaction& x, const std::vector<condition>& conditions) {
    auto whole = with_assets(x);
    if (keys.contains(x.key)) {
      auto& [first, at] = keys[x.key];
      return whole == first ? answer{.seq = at, .deduplicated = true}
                            : refusal(ec::idempotency_conflict);
    }
    if (auto code = fails(conditions))
      return refusal(*code);
    if (x.postings.empty())
      return refusal(ec::invalid_argument);
    if (auto code = resolve(x))
      return refusal(*code);
    if (x.reverses != event_seq{}) {
      auto* original = posted_at(x.reverses, unit_from);
      if (!original)
        return refusal(ec::not_found);
      if (mirrored(*original).postings != whole.postings)
        return refusal(ec::invalid_argument);
      if (reversed.contains(x.reverses.value()))
        return refusal(ec::already_reversed);
    }
    auto after = accounts;
    if (auto code = move(x, after))
      return refusal(*code);
    accounts = after;
    keys[x.key] = {whole, ++seq};
    posted[seq] = whole;
    if (x.reverses != event_seq{})
      reversed.insert(x.reverses.value());
    return {.seq = seq, .balances = balances_of(x)};
  }

  std::optional<ec> resolve(const transaction& x) const {
    for (auto& y : x.postings) {
      auto account = accounts.find(y.account);
      if (account == accounts.end())
        return ec::unknown_account;
      if (!y.asset.empty() && y.asset != account->second.definition.asset)
        return assets.contains(y.asset) ? ec::asset_mismatch : ec::unknown_asset;
      if (!y.value.is_positive())
        return ec::invalid_amount;
    }
    return std::nullopt;
  }

  std::optional<ec> move(const transaction& x, std::map<std::string, opened_account>& after) const {
    std::map<std::string, std::int64_t> sums;
    for (auto& y : x.postings) {
      auto& account = after[y.account];
      if (account.closed)
        return ec::account_closed;
      auto value = static_cast<std::int64_t>(y.value.value());
      auto is_debit = y.direction == side::debit;
      sums[account.definition.asset] += is_debit ? value : -value;
      (is_debit ? account.debits : account.credits) += value;
      account.updated_at = seq + 1;
    }
    for (auto& [asset, sum] : sums)
      if (sum != 0)
        return ec::unbalanced;
    for (auto& y : x.postings) {
      auto& account = after[y.account];
      auto& bounds = account.definition;
      if ((bounds.min_balance && amount{account.balance()} < *bounds.min_balance) ||
          (bounds.max_balance && amount{account.balance()} > *bounds.max_balance))
        return ec::limit_exceeded;
    }
    return std::nullopt;
  }

  std::vector<std::pair<std::string, std::int64_t>> balances_of(const transaction& x) const {
    std::vector<std::pair<std::string, std::int64_t>> found;
    std::set<std::string> seen;
    for (auto& y : x.postings)
      if (seen.insert(y.account).second)
        found.emplace_back(y.account, accounts.at(y.account).balance());
    return found;
  }

  /// The same transaction with no asset left out.
  transaction with_assets(transaction x) const {
    for (auto& y : x.postings)
      if (y.asset.empty() && accounts.contains(y.account))
        y.asset = accounts.at(y.account).definition.asset;
    return x;
  }
};

} // namespace daybook::ledger
