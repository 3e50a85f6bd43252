#pragma once

#include "actors/messages.hpp"
#include "base/result.hpp"
#include "base/timestamp.hpp"
#include "ledger/amount.hpp"

#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

/// A projection: what was debited below an account, for each day in UTC and each asset. The node
/// keeps its checkpoints, so that it does not begin at the first event every time.
class daily_turnover {
public:
  static constexpr std::string_view name = "daily-turnover";
  static constexpr std::uint32_t version = 1;

  struct day_and_asset {
    std::string day; ///< YYYY-MM-DD
    std::string asset;

    friend auto operator<=>(const day_and_asset&, const day_and_asset&) = default;
  };
  using value_type = std::map<day_and_asset, daybook::ledger::amount>;

  /// The account itself and all below it; everything for an empty one.
  explicit daily_turnover(std::string account = {}) : account_(std::move(account)) {}

  void apply(const daybook::actors::recorded_event& x) {
    auto* posted = std::get_if<daybook::ledger::transaction>(&x.content);
    if (!posted)
      return;
    auto day = daybook::to_date_string(x.receipt.committed_at);
    for (auto& posting : posted->postings)
      if (posting.direction == daybook::ledger::side::debit && is_ours(posting.account))
        add({day, posting.asset}, posting.value);
  }

  /// Turnovers of different accounts share no checkpoint.
  std::string parameters() const { return account_; }

  value_type value() const { return sums_; }

  /// One line for the account, and one for each day and asset: asset ids may have spaces.
  std::string save() const {
    std::string text = account_ + '\n';
    for (auto& [key, sum] : sums_)
      text += key.day + ' ' + to_decimal(sum, 0) + ' ' + key.asset + '\n';
    return text;
  }

  static daybook::result<daily_turnover> load(std::string_view state) {
    std::istringstream lines{std::string{state}};
    daily_turnover loaded;
    std::getline(lines, loaded.account_);
    std::string day;
    std::string sum;
    std::string asset;
    while (lines >> day >> sum && std::getline(lines >> std::ws, asset)) {
      auto minor_units = daybook::ledger::parse_decimal(sum, 0);
      if (!minor_units)
        return daybook::fail(minor_units.error());
      loaded.sums_[{day, asset}] = *minor_units;
    }
    return loaded;
  }

private:
  bool is_ours(std::string_view path) const {
    return account_.empty() || path == account_ || path.starts_with(account_ + ':');
  }

  /// A sum past 128 bits ends the projection, for a wrong one would be worse.
  void add(const day_and_asset& key, daybook::ledger::amount value) {
    auto& sum = sums_[key];
    auto more = checked_add(sum, value);
    if (!more)
      throw std::overflow_error{"the turnover of " + key.asset + " on " + key.day +
                                " is more than 128 bits hold"};
    sum = *more;
  }

  std::string account_;
  value_type sums_;
};
