#include "ledger/chart.hpp"

#include "base/check.hpp"

#include <limits>
#include <utility>

namespace daybook::ledger {

asset_no chart::add(asset_entry x) {
  asset_no n{static_cast<asset_no::rep>(assets_.size())};
  auto& entry = assets_.push_back(std::move(x));
  asset_by_id_.emplace(entry.definition.id, n);
  return n;
}

bool chart::add(const account_definition& x, asset_no asset, event_seq opened_at) {
  DAYBOOK_INVARIANT(x.path.size() <= std::numeric_limits<std::uint32_t>::max());
  if (!account_by_path_.add(x.path, next_account()))
    return false;
  account_entry entry;
  entry.opened_at = opened_at;
  entry.asset = asset;
  entry.kind = x.kind;
  entry.normal_side = x.normal_side.value();
  entry.path_bytes_ = static_cast<std::uint32_t>(x.path.size());
  entry.path_ = paths_.add(x.path);
  if (x.min_balance || x.max_balance) {
    bounds_.push_back({x.min_balance, x.max_balance});
    entry.bounds_ = static_cast<std::uint32_t>(bounds_.size());
  }
  accounts_.push_back(std::move(entry));
  return true;
}

void chart::truncate(std::size_t assets, std::size_t accounts) {
  for (auto n = accounts_.size(); n > accounts; --n) {
    auto& last = accounts_[n - 1];
    account_by_path_.remove(last.path());
    paths_.truncate(last.path_);
    if (last.is_bounded())
      bounds_.truncate(last.bounds_ - 1);
  }
  for (auto n = assets; n < assets_.size(); ++n)
    asset_by_id_.erase(assets_[n].definition.id);
  assets_.truncate(assets);
  accounts_.truncate(accounts);
}

std::optional<asset_no> chart::find_asset(std::string_view id) const {
  auto i = asset_by_id_.find(id);
  return i == asset_by_id_.end() ? std::nullopt : std::optional{i->second};
}

std::optional<account_no> chart::find_account(std::string_view path) const {
  return account_by_path_.find(path);
}

account_bounds chart::bounds_of(account_no n) const {
  auto& entry = (*this)[n];
  return entry.is_bounded() ? bounds_[entry.bounds_ - 1] : account_bounds{};
}

account_definition chart::definition_of(account_no n) const {
  auto& entry = (*this)[n];
  auto bounds = bounds_of(n);
  return {.path = std::string{entry.path()},
          .asset = (*this)[entry.asset].definition.id,
          .kind = entry.kind,
          .normal_side = entry.normal_side,
          .min_balance = bounds.min_balance,
          .max_balance = bounds.max_balance};
}

} // namespace daybook::ledger
