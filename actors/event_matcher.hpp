#pragma once

#include "actors/follow_messages.hpp"
#include "base/result.hpp"
#include "ledger/chart.hpp"
#include "ledger/events.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::actors {

/// Prefixes that one filter may have.
inline constexpr std::size_t filter_prefixes_max = 1'000;

/// Whether `path` is `prefix` or below it: whole parts of a path. Everything is below the empty
/// prefix; a colon at its end makes no difference.
bool path_is_within(std::string_view prefix, std::string_view path);

/// Errors: `invalid_argument`, with the `field`, for kinds that are none, prefixes that no path can
/// have, and too many of them.
result<void> check(const event_filter& x);

/// Says which events a filter lets through. An account is looked at once: what its path means is
/// remembered under its number. Not thread-safe; the chart is read by number only.
class event_matcher {
public:
  /// `filter` has passed `check`.
  event_matcher(event_filter filter, std::shared_ptr<const ledger::chart> chart);

  /// An event as the log has it. The accounts that it names are in the chart.
  bool operator()(const ledger::event& x);

  /// The same event as a reader gives it.
  bool operator()(const recorded_event& x) const;

private:
  bool wants(event_kind x) const { return (kinds_ & bit(x)) != 0; }
  static std::uint32_t bit(event_kind x) { return 1U << static_cast<std::uint32_t>(x); }

  bool matches(const ledger::asset_registered& x);
  bool matches(const ledger::account_opened& x);
  bool matches(const ledger::transaction_posted& x);
  bool matches(const ledger::account_closed& x);
  bool matches(const ledger::account_reopened& x);

  bool wants_account(account_no n);
  bool wants_path(std::string_view path) const;

  enum class wanted : std::uint8_t { unknown, no, yes };

  std::vector<std::string> prefixes_;
  std::uint32_t kinds_ = 0;
  std::shared_ptr<const ledger::chart> chart_;
  std::vector<wanted> accounts_; ///< by number
};

} // namespace daybook::actors
