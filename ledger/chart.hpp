#pragma once

#include "base/ids.hpp"
#include "ledger/stable_vector.hpp"
#include "ledger/types.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <optional>
#include <string_view>

namespace daybook::ledger {

/// What is fixed about an account from its opening on.
struct account_entry {
  account_definition definition; ///< `normal_side` is set
  asset_no asset;
  event_seq opened_at;
};

struct asset_entry {
  asset_definition definition;
  event_seq registered_at;
};

/// The chart of accounts of one book: its assets and accounts by number and by name. Entries never
/// move, and one that was durable stays for ever.
///
/// One thread adds and finds (the book). Any thread may read by number: a number that it got from a
/// durable event, or a message from the book, is safe to read without a lock, because its entry was
/// complete before that event left the book.
class chart {
public:
  asset_no add(asset_entry x);
  account_no add(account_entry x);

  /// Takes back the entries from these numbers on, none of which was ever durable.
  void truncate(std::size_t assets, std::size_t accounts);

  // -- the book's thread only --------------------------------------------------------------------

  std::optional<asset_no> find_asset(std::string_view id) const;
  std::optional<account_no> find_account(std::string_view path) const;
  std::size_t assets() const { return assets_.size(); }
  std::size_t accounts() const { return accounts_.size(); }

  // -- any thread --------------------------------------------------------------------------------

  const asset_entry& operator[](asset_no n) const { return assets_[n.value()]; }
  const account_entry& operator[](account_no n) const { return accounts_[n.value()]; }
  const asset_entry& asset_of(account_no n) const { return (*this)[(*this)[n].asset]; }

private:
  stable_vector<asset_entry> assets_;
  stable_vector<account_entry> accounts_;
  /// Keys point into the entries.
  absl::flat_hash_map<std::string_view, asset_no> asset_by_id_;
  absl::flat_hash_map<std::string_view, account_no> account_by_path_;
};

} // namespace daybook::ledger
