#pragma once

#include "random_history.hpp"
#include "simple_book.hpp"

#include <memory>
#include <utility>

namespace daybook::ledger {

/// Runs the machine and the simple book side by side.
class comparison {
public:
  explicit comparison(std::size_t hot_keys_max)
      : options_{.bounds = {}, .hot_keys_max = hot_keys_max, .secret = {1, 2, 3}} {
    staged_.id = sealed_.id = durable_.id = id;
  }

  void run(const history& steps) {
    for (auto& x : steps) {
      std::visit([this](auto& y) { apply(y); }, x);
      RC_ASSERT(machine_.staged_seq() == event_seq{staged_.seq});
      RC_ASSERT(events_.size() == staged_.seq);
      compare_readers();
    }
  }

  void finish() {
    apply(sync_batch{});
    apply(seal_batch{});
    apply(sync_batch{});
    RC_ASSERT(durable_.seq == events_.size());
    compare_readers();
    compare_retries();
  }

  void apply(const crash& x);

  const book_machine& machine() const { return machine_; }
  const std::vector<snapshot>& snapshots() const { return snapshots_; }
  const std::vector<batch_info>& batches() const { return batches_; }
  const std::vector<event>& events() const { return events_; }

private:
  static constexpr book_id id{7};

  // -- the way of a batch ------------------------------------------------------------------------

  void apply(const seal_batch&) {
    if (machine_.staged_events() == 0 || machine_.has_sealed())
      return;
    auto batch = machine_.seal(timestamp{static_cast<std::int64_t>(events_.size() % 7)});
    RC_ASSERT(batch.first_seq == event_seq{durable_.seq + 1});
    RC_ASSERT(batch.events == staged_.seq - durable_.seq);
    sealed_ = staged_;
    batches_.push_back({batch.first_seq, machine_.epoch(), batch.committed_at,
                        hash_number(static_cast<int>(batches_.size() + 1))});
    sealed_receipts_ = std::exchange(receipts_, {});
  }

  void apply(const sync_batch&) {
    if (!machine_.has_sealed())
      return;
    machine_.mark_durable(batches_.back().chain);
    durable_ = sealed_;
    durable_.durable = sealed_.durable = staged_.durable = durable_.seq;
    for (auto& [said, expected] : sealed_receipts_) {
      auto receipt = machine_.receipt_of(said);
      RC_ASSERT(receipt.id == (transaction_id{id, said.seq}));
      RC_ASSERT(receipt.chain == batches_.back().chain);
      RC_ASSERT(named(receipt.balances) == expected.balances);
    }
    snapshots_.push_back(snapshot_of(machine_));
    RC_ASSERT(machine_.last_batch() == batches_.back());
  }

  std::vector<std::pair<std::string, std::int64_t>>
  named(const std::vector<account_balance>& xs) const {
    std::vector<std::pair<std::string, std::int64_t>> found;
    for (auto& x : xs)
      found.emplace_back((*machine_.chart_of_accounts())[x.account].path(),
                         static_cast<std::int64_t>(x.value.value()));
    return found;
  }

  // -- writes ------------------------------------------------------------------------------------

  facts known_of(std::span<const write> xs) const {
    questions asked;
    for (auto& x : xs)
      machine_.ask(x.what, asked);
    return answers_to(asked, events_, index_);
  }

  facts known_of_all(std::span<const write> xs) const {
    auto turns = 0;
    return learn_all(machine_, xs, [&](const questions& asked) {
      RC_ASSERT(++turns <= 3);
      for (auto seq : asked.changes)
        RC_ASSERT(seq <= machine_.durable_seq());
      for (auto& x : asked.lifecycles)
        RC_ASSERT(x.event <= machine_.durable_seq());
      return answers_to(asked, events_, index_);
    });
  }

  void apply(const write& x) {
    written_.push_back(x);
    submit(x);
  }

  void apply(const retry& x) {
    if (!written_.empty())
      submit(written_[x.which % written_.size()]);
  }

  void submit(const write& x) {
    auto said = machine_.stage(x, known_of({&x, 1}));
    if (is_overloaded(said, 1))
      return;
    auto expected = staged_.write_one(x);
    if (compare(said, expected) && said->to_append != nullptr)
      events_.push_back(*said->to_append);
  }

  /// The simple book knows no bounds of memory. A write needs room for two keys at most.
  template <class T>
  bool is_overloaded(const result<T>& said, std::size_t writes) const {
    if (said || said.error().code() != ec::overloaded)
      return false;
    RC_ASSERT(machine_.hot_keys() + 2 * writes > options_.hot_keys_max);
    return true;
  }

  bool compare(const result<staged>& said, const answer& expected) {
    if (!said) {
      RC_ASSERT(expected.refused.has_value());
      RC_ASSERT(said.error().code() == *expected.refused);
      return false;
    }
    RC_ASSERT(!expected.refused.has_value());
    compare(*said, expected);
    RC_ASSERT((said->to_append == nullptr) == said->deduplicated);
    return true;
  }

  void compare(const staged& said, const answer& expected) {
    RC_ASSERT(said.seq == event_seq{expected.seq});
    RC_ASSERT(said.deduplicated == expected.deduplicated);
    if (!said.deduplicated)
      receipts_.emplace_back(said, expected);
  }

  void apply(const retry_all& x) {
    if (!batches_written_.empty())
      submit_all(batches_written_[x.which % batches_written_.size()]);
  }

  void apply(const atomic_batch& x) {
    batches_written_.push_back(x);
    submit_all(x);
  }

  void submit_all(const atomic_batch& x) {
    auto events = events_;
    auto first = machine_.staged_seq();
    auto said = machine_.stage_all(x.items, known_of_all(x.items), [&](auto& event, bool joined) {
      RC_ASSERT(joined == (machine_.staged_seq() > first.next()));
      events.push_back(event);
    });
    if (is_overloaded(said, x.items.size()))
      return;
    answer refused;
    auto expected = staged_.write_all(x.items, refused);
    RC_ASSERT(said.has_value() == !refused.refused);
    if (!said) {
      RC_ASSERT(said.error().code() == *refused.refused);
      if (!x.items.empty())
        RC_ASSERT(said.error().get("item") == std::to_string(refused.item));
      return;
    }
    events_ = events;
    for (std::size_t i = 0; i < x.items.size(); ++i)
      compare(said->at(i), expected[i]);
    for (auto& item : x.items)
      if (!item.caused_by)
        written_.push_back(item);
  }

  void apply(const rehearsal& x) {
    auto known = x.atomic ? known_of_all(x.items) : known_of(x.items);
    auto said = machine_.rehearse(x.items, x.atomic, known);
    auto copy = staged_;
    if (x.atomic && is_overloaded(said.at(0), x.items.size()))
      return;
    answer refused;
    std::vector<answer> expected;
    if (x.atomic)
      expected = copy.write_all(x.items, refused);
    else
      copy.unit_from = copy.seq + 1;
    if (refused.refused) {
      RC_ASSERT(said.size() == 1u);
      RC_ASSERT(said[0].error().code() == *refused.refused);
      return;
    }
    RC_ASSERT(said.size() == x.items.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      if (is_overloaded(said[i], x.items.size()))
        return;
      auto one = x.atomic ? expected[i] : copy.write_one(x.items[i]);
      RC_ASSERT(said[i].has_value() == !one.refused);
      if (!said[i]) {
        RC_ASSERT(said[i].error().code() == *one.refused);
        continue;
      }
      RC_ASSERT(said[i]->seq == event_seq{one.seq});
      RC_ASSERT(said[i]->deduplicated == one.deduplicated);
      RC_ASSERT(balances_in(copy, said[i]->balances) == one.balances);
    }
  }

  /// Names by order: accounts opened in the rehearsal are gone from the chart.
  static std::vector<std::pair<std::string, std::int64_t>>
  balances_in(const simple_book& book, const std::vector<account_balance>& xs) {
    std::map<std::uint64_t, std::string> paths;
    for (auto& [path, account] : book.accounts)
      paths[account.opened_at] = path;
    std::vector<std::string> in_order;
    for (auto& [seq, path] : paths)
      in_order.push_back(path);
    std::vector<std::pair<std::string, std::int64_t>> found;
    for (auto& x : xs)
      found.emplace_back(in_order.at(x.account.value()),
                         static_cast<std::int64_t>(x.value.value()));
    return found;
  }

  void apply(const unit& x) {
    auto before = kept();
    machine_.open_unit();
    for (auto& y : x.outer)
      submit(y);
    auto between = kept();
    machine_.open_unit();
    for (auto& y : x.inner)
      submit(y);
    end_unit(x.inner_is_undone, between);
    for (auto& y : x.outer)
      submit(y); // once more: duplicates, most of them
    end_unit(x.outer_is_undone, before);
  }

  struct side_of_the_test {
    simple_book book;
    std::size_t events;
    std::size_t receipts;
  };

  side_of_the_test kept() const { return {staged_, events_.size(), receipts_.size()}; }

  void end_unit(bool is_undone, const side_of_the_test& before) {
    if (!is_undone)
      return machine_.close_unit();
    machine_.undo_unit();
    staged_ = before.book;
    events_.resize(before.events);
    receipts_.resize(before.receipts);
  }

  // -- keys --------------------------------------------------------------------------------------

  void apply(const take_keys&) {
    auto taken = machine_.keys_to_spill();
    if (!taken)
      return;
    RC_ASSERT(taken_ == nullptr);
    RC_ASSERT(taken->last <= event_seq{durable_.seq});
    taken_ = taken;
  }

  void apply(const index_keys&) {
    if (!taken_)
      return;
    index_.insert(taken_->uses.begin(), taken_->uses.end());
    indexed_ = taken_->last;
    machine_.forget(*std::exchange(taken_, nullptr));
  }

  // -- reading -----------------------------------------------------------------------------------

  void compare_readers() const {
    RC_ASSERT(machine_.durable_seq() == event_seq{durable_.seq});
    RC_ASSERT(machine_.assets() == durable_.assets.size());
    RC_ASSERT(machine_.accounts() == durable_.accounts.size());
    std::map<std::string, trial_balance_row> rows;
    for (auto& row : machine_.trial_balance())
      rows[(*machine_.chart_of_accounts())[row.asset].definition.id] = row;
    for (auto& [path, account] : durable_.accounts) {
      auto n = machine_.find_account(path);
      RC_ASSERT(n.has_value());
      RC_ASSERT(machine_.state_of(*n) ==
                (account_state{account.definition, event_seq{account.opened_at},
                               amount{account.balance()}, event_seq{account.updated_at},
                               account.closed, event_seq{account.changed_at}}));
      take_from(rows[account.definition.asset], account);
    }
    for (auto& [asset, row] : rows)
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

  void compare_retries() {
    for (auto& [key, first] : durable_.keys) {
      write again{.what = first.first};
      auto said = machine_.stage(again, known_of({&again, 1}));
      RC_ASSERT(said.has_value());
      RC_ASSERT(said->deduplicated);
      RC_ASSERT(said->seq == event_seq{first.second});
      std::get<transaction>(again.what).metadata = "{}";
      auto other = machine_.stage(again, known_of({&again, 1}));
      RC_ASSERT_FALSE(other.has_value());
      RC_ASSERT(other.error().code() == ec::idempotency_conflict);
    }
  }

  machine_options options_;
  book_machine machine_ = machine_of(id, writer_epoch{1}, options_);
  simple_book staged_;
  simple_book sealed_;
  simple_book durable_;
  std::vector<event> events_;
  std::vector<batch_info> batches_;
  std::vector<snapshot> snapshots_; ///< after each durable batch
  std::vector<write> written_;      ///< all that were tried
  std::vector<atomic_batch> batches_written_;
  std::vector<std::pair<staged, answer>> receipts_;
  std::vector<std::pair<staged, answer>> sealed_receipts_;
  std::shared_ptr<const key_generation> taken_;
  key_map index_;
  event_seq indexed_;
};

/// What was not durable is gone. The machine that follows opens from one of the snapshots, or none,
/// and from the log from as far back as its keys need, or further.
inline void comparison::apply(const crash& x) {
  if (machine_.has_sealed())
    batches_.pop_back();
  staged_ = sealed_ = durable_;
  events_.resize(durable_.seq);
  receipts_.clear();
  sealed_receipts_.clear();
  taken_ = nullptr;
  auto state = snapshot_of(machine_);
  machine_ = book_machine{options_};
  machine_.keys_are_indexed(indexed_);
  auto which = x.snapshot % (snapshots_.size() + 1);
  if (which < snapshots_.size()) {
    auto& from = snapshots_[which];
    RC_ASSERT(machine_.restore(from.header).has_value());
    RC_ASSERT(machine_.restore(from.accounts).has_value());
    RC_ASSERT(snapshot_of(machine_) == from);
  }
  auto covered = std::min(indexed_, machine_.durable_seq());
  auto first = std::ranges::upper_bound(batches_, covered, {}, &batch_info::first_seq);
  auto index = static_cast<std::size_t>(first - batches_.begin());
  if (which < snapshots_.size())
    index -= std::min(index, x.last % 3);
  else
    index = 0;
  for (; index < batches_.size(); ++index) {
    auto end =
        index + 1 < batches_.size() ? batches_[index + 1].first_seq.value() - 1 : events_.size();
    RC_ASSERT(machine_.begin_replay(batches_[index]).has_value());
    for (auto seq = batches_[index].first_seq.value(); seq <= end; ++seq)
      RC_ASSERT(machine_.replay(events_[seq - 1]).has_value());
  }
  machine_.start(id, state.header.epoch.next());
  RC_ASSERT(snapshot_of(machine_) == state);
}

} // namespace daybook::ledger
