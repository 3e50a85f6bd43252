#include "ledger/chart.hpp"

#include <utility>

namespace daybook::ledger {

namespace {

template <class Number>
std::optional<Number> find(const absl::flat_hash_map<std::string_view, Number>& numbers,
                           std::string_view name) {
  auto i = numbers.find(name);
  return i == numbers.end() ? std::nullopt : std::optional{i->second};
}

} // namespace

asset_no chart::add(asset_entry x) {
  asset_no n{static_cast<asset_no::rep>(assets_.size())};
  auto& entry = assets_.push_back(std::move(x));
  asset_by_id_.emplace(entry.definition.id, n);
  return n;
}

account_no chart::add(account_entry x) {
  account_no n{static_cast<account_no::rep>(accounts_.size())};
  auto& entry = accounts_.push_back(std::move(x));
  account_by_path_.emplace(entry.definition.path, n);
  return n;
}

void chart::truncate(std::size_t assets, std::size_t accounts) {
  for (auto n = assets; n < assets_.size(); ++n)
    asset_by_id_.erase(assets_[n].definition.id);
  for (auto n = accounts; n < accounts_.size(); ++n)
    account_by_path_.erase(accounts_[n].definition.path);
  assets_.truncate(assets);
  accounts_.truncate(accounts);
}

std::optional<asset_no> chart::find_asset(std::string_view id) const {
  return find(asset_by_id_, id);
}

std::optional<account_no> chart::find_account(std::string_view path) const {
  return find(account_by_path_, path);
}

} // namespace daybook::ledger
