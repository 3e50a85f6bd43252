#pragma once

#include "base/result.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

/// A moment in UTC, in microseconds since 1970-01-01T00:00:00Z (negative before it).
class timestamp {
public:
  constexpr timestamp() = default;
  constexpr explicit timestamp(std::int64_t us) : us_(us) {}

  constexpr std::int64_t us() const { return us_; }

  friend constexpr auto operator<=>(timestamp, timestamp) = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, timestamp& x) {
    return f.apply(x.us_);
  }

private:
  std::int64_t us_ = 0;
};

/// Reads `YYYY-MM-DD` (midnight UTC) or `YYYY-MM-DDThh:mm[:ss[.ffffff]]` with `Z` or `±hh:mm`; a
/// time without a zone is refused, for nobody should guess one. Years 0001 to 9999.
/// Errors: `invalid_argument` (field `occurred_at` is not named here; the caller adds it).
result<timestamp> parse_timestamp(std::string_view text);

/// `YYYY-MM-DD` for midnight, else `YYYY-MM-DDThh:mm:ss[.ffffff]Z`. `parse_timestamp` reads it
/// back to the same value, for years 0001 to 9999.
std::string to_string(timestamp x);

/// `YYYY-MM-DD` of the day in UTC.
std::string to_date_string(timestamp x);

} // namespace daybook
