#pragma once

#include "ledger/book_machine.hpp"

#include <catch2/catch_test_macros.hpp>

#include <map>
#include <optional>
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

inline book_machine machine_of(book_id id, writer_epoch epoch, machine_options options = {}) {
  book_machine machine{options};
  machine.start(id, epoch);
  return machine;
}

inline std::optional<lifecycle_change> change_of(const event& x) {
  if (auto* closed = std::get_if<account_closed>(&x))
    return lifecycle_change{closed->account, true};
  auto* reopened = std::get_if<account_reopened>(&x);
  return reopened ? std::optional{lifecycle_change{reopened->account, false}} : std::nullopt;
}

/// What the log and the index of a book answer. `events` are those from seq 1 on.
inline facts answers_to(const questions& asked, const std::vector<event>& events,
                        const key_map& index = {}) {
  facts known;
  for (auto& key : asked.keys) {
    auto use = index.find(key);
    known.keys[key] = use == index.end() ? std::nullopt : std::optional{use->second};
  }
  for (auto seq : asked.transactions) {
    auto* posted = std::get_if<transaction_posted>(&events.at(seq.value() - 1));
    known.transactions[seq] = posted ? std::optional{*posted} : std::nullopt;
  }
  for (auto seq : asked.changes)
    known.changes[seq] = change_of(events.at(seq.value() - 1));
  for (auto& x : asked.lifecycles) {
    auto& then = known.lifecycles[x];
    for (std::uint64_t seq = 1; seq < x.event.value(); ++seq)
      if (auto change = change_of(events.at(seq - 1)); change && change->account == x.account)
        then = {change->closed, event_seq{seq}};
  }
  return known;
}

/// All that the machine must be told about an atomic batch, asked in turns. `answer` gets the
/// questions of each turn.
template <class Answer>
facts learn_all(const book_machine& machine, std::span<const write> items, const Answer& answer) {
  facts known;
  for (;;) {
    questions asked;
    machine.ask_all(items, asked, known);
    if (asked.empty())
      return known;
    known.add(answer(asked));
  }
}

/// A durable state, as a snapshot would hold it.
struct snapshot {
  book_state_header header;
  std::vector<account_state> accounts;

  friend bool operator==(const snapshot&, const snapshot&) = default;
};

inline snapshot snapshot_of(const book_machine& machine) {
  snapshot x{machine.state(), {}};
  for (account_no n; n.value() < machine.accounts(); n = n.next())
    x.accounts.push_back(machine.state_of(n));
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
  explicit small_book(machine_options options = {}) : machine(machine_of(id, epoch, options)) {
    accept(asset_definition{"EUR", asset_class::fiat, 2, "Euro"});
    accept(asset_definition{"BTC", asset_class::crypto, 8, ""});
    accept(account("cash"));
    accept(account("bank"));
    accept(account("sales", "EUR", account_kind::income));
    accept(account("coins", "BTC"));
    commit();
  }

  facts known_of(const command& x) const {
    questions asked;
    machine.ask(x, asked);
    return answers_to(asked, events, index);
  }

  /// Of an atomic batch. The log can only be asked about what is in it.
  facts known_of(const std::vector<write>& xs) {
    turns.clear();
    return learn_all(machine, xs, [this](const questions& asked) {
      turns.push_back(asked);
      for (auto seq : asked.changes)
        CHECK(seq <= machine.durable_seq());
      for (auto& x : asked.lifecycles)
        CHECK(x.event <= machine.durable_seq());
      return answers_to(asked, events, index);
    });
  }

  staged accept(const command& x) { return keep(machine.stage(x, known_of(x))); }
  staged accept(const write& x) { return keep(machine.stage(x, known_of(x.what))); }

  std::vector<staged> accept_all(const std::vector<write>& xs) {
    auto sink = [this](const event& x, bool) { events.push_back(x); };
    auto answers = machine.stage_all(xs, known_of(xs), sink);
    if (!answers)
      FAIL(to_string(answers.error()));
    waiting.insert(waiting.end(), answers->begin(), answers->end());
    return *answers;
  }

  /// The error, after checking that nothing has changed that a refusal must not change.
  error refuse(const command& x) { return refuse(write{.what = x}); }

  error refuse(const write& x) {
    auto before = machine.staged_seq();
    auto refusal = refusal_of(machine.stage(x, known_of(x.what)));
    CHECK(machine.staged_seq() == before);
    return refusal;
  }

  error refuse_all(const std::vector<write>& xs) {
    auto before = machine.staged_seq();
    auto refusal = refusal_of(machine.stage_all(xs, known_of(xs), [](auto&, bool) {}));
    CHECK(machine.staged_seq() == before);
    return refusal;
  }

  void seal(timestamp now = timestamp{}) {
    auto batch = machine.seal(now);
    batches.push_back({batch.first_seq, machine.epoch(), batch.committed_at,
                       hash_number(static_cast<int>(batches.size()) + 1)});
    sealed = std::exchange(waiting, {});
  }

  void sync() {
    machine.mark_durable(batches.back().chain);
    for (auto& x : std::exchange(sealed, {}))
      if (!x.deduplicated)
        receipts[x.seq.value()] = machine.receipt_of(x);
  }

  void commit(timestamp now = timestamp{}) {
    seal(now);
    sync();
  }

  void open_unit() {
    machine.open_unit();
    units.emplace_back(events.size(), waiting.size());
  }

  void close_unit() {
    machine.close_unit();
    units.pop_back();
  }

  void undo_unit() {
    machine.undo_unit();
    events.resize(units.back().first);
    waiting.resize(units.back().second);
    units.pop_back();
  }

  balance balance_of(std::string_view path) const {
    auto n = machine.find_account(path);
    if (!n)
      FAIL(to_string(n.error()));
    return machine.balance_of(*n);
  }

  amount value_of(std::string_view path) const { return balance_of(path).value; }

  /// The durable events, replayed.
  void replay_into(book_machine& to, std::size_t first_batch = 0) const {
    for (auto i = first_batch; i < batches.size(); ++i) {
      auto end = i + 1 < batches.size() ? batches[i + 1].first_seq : machine.durable_seq().next();
      REQUIRE(to.begin_replay(batches[i]));
      for (auto seq = batches[i].first_seq; seq < end; seq = seq.next())
        REQUIRE(to.replay(events[seq.value() - 1]));
    }
  }

  static constexpr book_id id{0xB00C};
  static constexpr writer_epoch epoch{3};

  book_machine machine;
  std::vector<event> events; ///< all that were to be appended
  std::vector<batch_info> batches;
  std::map<std::uint64_t, receipt> receipts; ///< by seq
  key_map index;                             ///< keys that were spilled
  std::vector<questions> turns;              ///< what was asked about the last atomic batch

private:
  staged keep(const result<staged>& answer) {
    if (!answer)
      FAIL(to_string(answer.error()));
    if (answer->to_append != nullptr)
      events.push_back(*answer->to_append);
    waiting.push_back(*answer);
    return *answer;
  }

  std::vector<std::pair<std::size_t, std::size_t>> units; ///< events and answers before each
  std::vector<staged> waiting;
  std::vector<staged> sealed;
};

} // namespace daybook::ledger
