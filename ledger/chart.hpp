#pragma once

#include "base/ids.hpp"
#include "ledger/path_index.hpp"
#include "ledger/stable_vector.hpp"
#include "ledger/text_arena.hpp"
#include "ledger/types.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace daybook::ledger {

struct asset_entry {
  asset_definition definition;
  event_seq registered_at;
};

/// What is fixed about an account from its opening on. There may be very many: half a cache line,
/// with the path and the bounds, which few have, elsewhere in the chart.
class account_entry {
public:
  event_seq opened_at;
  asset_no asset;
  account_kind kind = account_kind::asset;
  side normal_side = side::debit;

  std::string_view path() const { return {path_, path_bytes_}; }
  bool is_bounded() const { return bounds_ != 0; }

private:
  friend class chart;

  std::uint32_t bounds_ = 0; ///< zero for none, or one more than the place in the chart's list
  std::uint32_t path_bytes_ = 0;
  const char* path_ = nullptr;
};
static_assert(sizeof(account_entry) == 32);

/// Between which an account's balance stays, on its normal side.
struct account_bounds {
  std::optional<amount> min_balance;
  std::optional<amount> max_balance;
};

/// The chart of accounts of one book: its assets and accounts by number and by name. Entries never
/// move, and one that was durable stays for ever.
///
/// One thread adds and finds (the book). Any thread may read by number: a number that it got from a
/// durable event, or a message from the book, is safe to read without a lock, because its entry was
/// complete before that event left the book.
class chart {
public:
  /// The seed is for the hashes of paths: one that nobody outside knows.
  explicit chart(std::uint64_t seed = 0) : account_by_path_(accounts_, seed) {}

  chart(const chart&) = delete;
  chart& operator=(const chart&) = delete;

  /// No asset has the name yet.
  asset_no add(asset_entry x);

  /// Opens an account of `asset`, the last one now. False, and nothing happens, when there is one
  /// with its path. `normal_side` is set. After an exception the chart is of no use.
  bool add(const account_definition& x, asset_no asset, event_seq opened_at);

  /// Makes room for so many accounts in all.
  void reserve(std::size_t accounts) { account_by_path_.reserve(accounts); }

  /// An account of this path is about to be added or looked for.
  void prefetch(std::string_view path) const { account_by_path_.prefetch(path); }

  /// Takes back the entries from these numbers on, none of which was ever durable.
  void truncate(std::size_t assets, std::size_t accounts);

  // -- the book's thread only --------------------------------------------------------------------

  std::optional<asset_no> find_asset(std::string_view id) const;
  std::optional<account_no> find_account(std::string_view path) const;
  std::size_t assets() const { return assets_.size(); }
  std::size_t accounts() const { return accounts_.size(); }

  /// The number of the account that is added next.
  account_no next_account() const {
    return account_no{static_cast<account_no::rep>(accounts_.size())};
  }

  // -- any thread --------------------------------------------------------------------------------

  const asset_entry& operator[](asset_no n) const { return assets_[n.value()]; }
  const account_entry& operator[](account_no n) const { return accounts_[n.value()]; }
  const asset_entry& asset_of(account_no n) const { return (*this)[(*this)[n].asset]; }
  account_bounds bounds_of(account_no n) const;

  /// As it was opened; `normal_side` is set.
  account_definition definition_of(account_no n) const;

private:
  stable_vector<asset_entry> assets_;
  stable_vector<account_entry> accounts_;
  stable_vector<account_bounds> bounds_; ///< of those accounts that have any
  text_arena paths_;
  /// Keys point into the entries.
  absl::flat_hash_map<std::string_view, asset_no> asset_by_id_;
  path_index account_by_path_;
};

} // namespace daybook::ledger
