#pragma once

#include "fixture.hpp"

#include <rapidcheck.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <ostream>
#include <string>
#include <variant>
#include <vector>

// Random writes to a book of few names, so that they meet.

namespace daybook::ledger {

struct seal_batch {};
struct sync_batch {};
struct take_keys {};  ///< to the index
struct index_keys {}; ///< those that were taken are there
struct retry {
  std::size_t which; ///< of the writes so far, modulo their number
};
struct atomic_batch {
  std::vector<write> items;
};
struct retry_all {
  std::size_t which; ///< of the atomic batches so far, modulo their number
};
struct rehearsal {
  std::vector<write> items;
  bool atomic;
};
struct unit {
  std::vector<write> outer;
  std::vector<write> inner;
  bool inner_is_undone;
  bool outer_is_undone;
};
struct crash {
  std::size_t snapshot; ///< which of those taken to open from, modulo their number and one
  std::size_t last;     ///< where the batches begin that are replayed, before what is needed
};

using step = std::variant<write, atomic_batch, retry_all, rehearsal, unit, retry, seal_batch,
                          sync_batch, take_keys, index_keys, crash>;
using history = std::vector<step>;

/// RapidCheck shows a failing history by its shape; the seed reproduces it.
inline std::ostream& operator<<(std::ostream& out, const step& x) {
  return out << "step " << x.index();
}

inline std::string any_asset() {
  return *rc::gen::weightedElement<std::string>({{6, "A"}, {6, "B"}, {1, "C"}});
}

inline std::string any_account() {
  return *rc::gen::element<std::string>("a", "b", "c", "d", "e", "f", "a long path:of:an account");
}

inline std::optional<amount> any_bound(int low, int high) {
  if (*rc::gen::inRange(0, 3) != 0)
    return std::nullopt;
  return amount{*rc::gen::inRange(low, high)};
}

inline command any_asset_definition() {
  auto precision = *rc::gen::weightedElement<std::uint8_t>({{20, 2}, {1, 8}, {1, 31}});
  return asset_definition{any_asset(), asset_class::fiat, precision, ""};
}

inline command any_account_definition() {
  auto x = account(any_account(), any_asset(),
                   *rc::gen::element(account_kind::asset, account_kind::income));
  x.min_balance = any_bound(-20, 1);
  x.max_balance = any_bound(-1, 20);
  return x;
}

inline posting any_posting() {
  auto asset = *rc::gen::inRange(0, 10) == 0 ? any_asset() : "";
  auto value = *rc::gen::weightedOneOf<int>({{20, rc::gen::inRange(1, 6)}, {1, rc::gen::just(0)}});
  auto direction = *rc::gen::element(side::debit, side::credit);
  return {any_account(), amount{value}, asset, direction};
}

/// A movement between two accounts that usually are of one asset.
inline std::vector<posting> any_movement() {
  auto paths = *rc::gen::element(std::vector<std::string>{"a", "b", "e"},
                                 std::vector<std::string>{"c", "d", "f"});
  auto value = *rc::gen::inRange(1, 10);
  return {debit(*rc::gen::elementOf(paths), value), credit(*rc::gen::elementOf(paths), value)};
}

inline std::string any_key() { return std::to_string(*rc::gen::inRange(0, 300)); }
inline std::string any_link() { return *rc::gen::element<std::string>("", "", "", "x", "y"); }
inline event_seq any_seq() { return event_seq(*rc::gen::inRange<std::uint64_t>(0, 30)); }

inline command any_transaction() {
  auto x = transfer(any_key(), {});
  auto movements = *rc::gen::inRange(0, 4);
  for (int i = 0; i < movements; ++i)
    std::ranges::copy(any_movement(), std::back_inserter(x.postings));
  if (*rc::gen::inRange(0, 6) == 0)
    x.postings.push_back(any_posting());
  x.correlation_id = any_link();
  if (*rc::gen::inRange(0, 20) == 0)
    x.reverses = any_seq();
  return x;
}

inline command any_reversal() { return reversal{any_key(), any_seq(), {}, {}, any_link()}; }

inline command any_closing() {
  return account_closing{any_account(), *rc::gen::inRange(0, 2) == 0};
}

inline command any_reopening() { return account_reopening{any_account()}; }

inline condition any_condition() {
  switch (*rc::gen::inRange(0, 6)) {
  case 0:
    return account_version{any_account(), any_seq()};
  case 1:
    return book_version{any_seq()};
  case 2:
  case 3:
    return balance_at_least{any_account(), amount{*rc::gen::inRange(-20, 5)}};
  default:
    return balance_at_most{any_account(), amount{*rc::gen::inRange(-5, 20)}};
  }
}

inline write any_write() {
  write x;
  x.what = *rc::gen::weightedOneOf<command>({
      {2, rc::gen::exec(any_asset_definition)},
      {6, rc::gen::exec(any_account_definition)},
      {20, rc::gen::exec(any_transaction)},
      {4, rc::gen::exec(any_reversal)},
      {2, rc::gen::exec(any_closing)},
      {3, rc::gen::exec(any_reopening)},
  });
  if (*rc::gen::inRange(0, 5) == 0)
    x.conditions.push_back(any_condition());
  if (*rc::gen::inRange(0, 8) == 0)
    x.correlation_id = any_link();
  if (*rc::gen::inRange(0, 8) == 0)
    x.causation_id = any_link();
  return x;
}

inline std::vector<write> any_writes(int max) {
  std::vector<write> xs;
  for (auto n = *rc::gen::inRange(0, max); n > 0; --n)
    xs.push_back(any_write());
  return xs;
}

/// Where it stands in the book can only be guessed.
inline transaction taken_back(transaction x) {
  for (auto& y : x.postings)
    y.direction = y.direction == side::debit ? side::credit : side::debit;
  x.key = any_key();
  x.reverses = any_seq();
  return x;
}

inline std::vector<write> any_items() {
  auto xs = any_writes(5);
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (*rc::gen::inRange(0, 6) == 0)
      xs[i].caused_by = *rc::gen::inRange(0u, static_cast<std::uint32_t>(i + 1));
  // A small number of a small history is always zero.
  auto own = xs.size();
  for (std::size_t i = 0; i < own; ++i)
    if (auto* x = std::get_if<transaction>(&xs[i].what); x && *rc::gen::inRange(0, 3) == 0)
      xs.push_back({.what = taken_back(*x)});
  return xs;
}

/// What a batch does to accounts around a transaction that is usually accepted.
inline std::vector<write> any_changing_items() {
  auto any_change = [] {
    write x{.what = *rc::gen::oneOf(
                rc::gen::exec([] { return command{account_closing{any_account(), true}}; }),
                rc::gen::exec(any_reopening))};
    if (*rc::gen::inRange(0, 6) == 0)
      x.what = any_account_definition();
    return x;
  };
  std::vector<write> xs;
  for (auto keys = *rc::gen::inRange(1, 3); keys > 0; --keys) {
    for (auto n = *rc::gen::inRange(0, 4); n > 0; --n)
      xs.push_back(any_change());
    xs.push_back({.what = transfer(any_key(), any_movement())});
    if (xs.size() > 1 && *rc::gen::inRange(0, 4) == 0)
      xs.back().caused_by = *rc::gen::inRange(0u, static_cast<std::uint32_t>(xs.size() - 1));
  }
  for (auto n = *rc::gen::inRange(0, 4); n > 0; --n)
    xs.push_back(any_change());
  return xs;
}

inline step any_step() {
  using rc::gen::exec;
  using rc::gen::just;
  return *rc::gen::weightedOneOf<step>({
      {24, exec([] { return step{any_write()}; })},
      {4, exec([] { return step{atomic_batch{any_items()}}; })},
      {4, exec([] { return step{atomic_batch{any_changing_items()}}; })},
      {6, exec([] { return step{retry_all{*rc::gen::inRange<std::size_t>(0, 1000)}}; })},
      {2, exec([] { return step{rehearsal{any_items(), *rc::gen::arbitrary<bool>()}}; })},
      {2, exec([] {
         return step{unit{any_writes(4), any_writes(3), *rc::gen::arbitrary<bool>(),
                          *rc::gen::arbitrary<bool>()}};
       })},
      {5, exec([] { return step{retry{*rc::gen::inRange<std::size_t>(0, 1000)}}; })},
      {4, just(step{seal_batch{}})},
      {5, just(step{sync_batch{}})},
      {3, just(step{take_keys{}})},
      {3, just(step{index_keys{}})},
      {1, exec([] {
         return step{
             crash{*rc::gen::inRange<std::size_t>(0, 100), *rc::gen::inRange<std::size_t>(0, 100)}};
       })},
  });
}

inline rc::Gen<history> any_history() {
  return rc::gen::scale(3, rc::gen::container<history>(rc::gen::exec(any_step)));
}

/// Without these, most of a history would be refusals.
inline history with_beginning(history x) {
  auto bounded = account("b", "A");
  bounded.min_balance = amount{-10};
  bounded.max_balance = amount{10};
  history all;
  for (const command& y :
       std::vector<command>{asset_definition{"A", asset_class::fiat, 2, ""},
                            asset_definition{"B", asset_class::fiat, 2, ""}, account("a", "A"),
                            bounded, account("c", "B"), account("d", "B"),
                            transfer("first", {debit("a", 3), credit("b", 3)})})
    all.push_back(write{.what = y});
  all.push_back(seal_batch{});
  all.push_back(sync_batch{});
  all.insert(all.end(), x.begin(), x.end());
  return all;
}

} // namespace daybook::ledger
