#pragma once

#include "tests/support/book_rig.hpp"

#include <rapidcheck.h>

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

// Random lives of a small book, for properties of what reads it.

namespace daybook::test {

/// What to do, and three numbers that say with what.
using history_step = std::tuple<std::uint8_t, std::uint8_t, std::uint8_t, std::uint8_t>;
using random_history = std::vector<history_step>;

inline rc::Gen<random_history> any_history() {
  auto number = rc::gen::inRange<std::uint8_t>(0, 255);
  return rc::gen::scale(1.5, rc::gen::container<random_history>(rc::gen::tuple(
                                 rc::gen::inRange<std::uint8_t>(0, 22), number, number, number)));
}

/// Plays a history on a book, and knows what was accepted.
class history_player {
public:
  history_player(rig_disk& disk, rig_book& book) : disk_(&disk), book_(&book) {}

  void begin() {
    for (auto& id : {"A", "B"})
      must(book_->write(asset(id)));
    for (std::size_t i = 0; i < 4; ++i)
      must(book_->write(account_at(i)));
    book_->commit();
  }

  void play(const random_history& history) {
    for (auto& [what, a, b, c] : history)
      play(what, a, b, c);
    book_->commit();
  }

  /// Transactions that were accepted, in order, and their seqs.
  const std::vector<std::pair<ledger::transaction, event_seq>>& accepted() const {
    return accepted_;
  }

  /// Reversals that were accepted, and their seqs.
  const std::vector<std::pair<ledger::reversal, event_seq>>& reversals() const {
    return reversals_;
  }

private:
  static constexpr std::size_t accounts_max = 8;

  /// Those with even numbers hold A, the others B.
  static std::string path_of(std::size_t i) { return "accounts:" + std::to_string(i); }

  /// Of several kinds, some with bounds, and some that grow on the side their kind does not say.
  static ledger::account_definition account_at(std::size_t i) {
    ledger::account_definition x;
    x.path = path_of(i);
    x.asset = i % 2 == 0 ? "A" : "B";
    x.kind = i >= 4       ? ledger::account_kind::clearing
             : i % 3 == 0 ? ledger::account_kind::asset
                          : ledger::account_kind::income;
    if (i == 4 || i == 7)
      x.normal_side = ledger::side::credit;
    if (i == 1 || i == 4)
      x.min_balance = ledger::amount{-120};
    if (i == 2 || i == 4)
      x.max_balance = ledger::amount{150};
    return x;
  }

  ledger::transaction movement(std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    ledger::transaction x;
    x.key = "key " + std::to_string(++keys_);
    auto value = ledger::amount{1 + c % 50};
    auto from = a % accounts_max;
    auto to = (from + 2 * (b % 4)) % accounts_max; // of the same asset; sometimes the same account
    x.postings.push_back({path_of(from), value, "", ledger::side::debit});
    x.postings.push_back({path_of(to), value, "", ledger::side::credit});
    if (c % 4 == 0) {
      x.postings.push_back({path_of(to), value, "", ledger::side::debit});
      x.postings.push_back({path_of(a % accounts_max), value, "", ledger::side::credit});
    }
    if (c % 5 == 0)
      x.occurred_at = timestamp{c};
    if (!accepted_.empty() && b % 3 == 0)
      x.causation_id =
          to_string(transaction_id{book_->machine().id(), accepted_[b % accepted_.size()].second});
    return x;
  }

  void keep(const ledger::transaction& x, const ledger::staged& staged) {
    accepted_.emplace_back(x, staged.seq);
  }

  void play(std::uint8_t what, std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    switch (what) {
    case 0:
      (void)book_->write(ledger::account_closing{path_of(a % accounts_max), true});
      return;
    case 1:
      (void)book_->write(ledger::account_reopening{path_of(a % accounts_max)});
      return;
    case 2:
      (void)book_->write(account_at(a % accounts_max));
      return;
    case 3:
      return repeat(a);
    case 4:
      return play_unit(a, b, c);
    case 5:
    case 6:
      return reverse(a);
    case 7:
    case 8:
    case 9:
      disk_->time.set(timestamp{disk_->time.now().us() + c % 3});
      return book_->commit();
    default:
      if (auto x = movement(a, b, c); auto staged = book_->write(x))
        keep(x, *staged);
    }
  }

  /// The same again is known, wherever it is remembered.
  void repeat(std::uint8_t which) {
    if (accepted_.empty())
      return;
    auto& [x, seq] = accepted_[which % accepted_.size()];
    auto again = must(book_->write(x));
    RC_ASSERT(again.deduplicated);
    RC_ASSERT(again.seq == seq);
  }

  /// What is not durable yet, or was taken back before, is refused.
  void reverse(std::uint8_t which) {
    if (accepted_.empty())
      return;
    ledger::reversal x;
    x.key = "reversal " + std::to_string(++keys_);
    x.of = accepted_[which % accepted_.size()].second;
    if (auto staged = book_->write(x))
      reversals_.emplace_back(x, staged->seq);
  }

  void play_unit(std::uint8_t a, std::uint8_t b, std::uint8_t c) {
    std::vector<ledger::transaction> xs;
    std::vector<ledger::write> items;
    for (std::uint8_t i = 0; i < 2 + a % 3; ++i) {
      xs.push_back(movement(static_cast<std::uint8_t>(a + i), b, c));
      items.emplace_back().what = xs.back();
    }
    if (auto staged = book_->write_all(items))
      for (std::size_t i = 0; i < xs.size(); ++i)
        keep(xs[i], (*staged)[i]);
  }

  rig_disk* disk_;
  rig_book* book_;
  std::vector<std::pair<ledger::transaction, event_seq>> accepted_;
  std::vector<std::pair<ledger::reversal, event_seq>> reversals_;
  std::uint64_t keys_ = 0;
};

} // namespace daybook::test
