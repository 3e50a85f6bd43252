#include "base/timestamp.hpp"

#include "base/names.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>

namespace daybook {

namespace {

namespace chrono = std::chrono;

constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t us_per_day = 86'400 * us_per_second;

constexpr std::int64_t days_from_civil(chrono::year_month_day date) {
  return chrono::sys_days{date}.time_since_epoch().count();
}

constexpr auto first_us = days_from_civil(chrono::year{1} / chrono::January / 1) * us_per_day;
constexpr auto last_us =
    (days_from_civil(chrono::year{9999} / chrono::December / 31) + 1) * us_per_day - 1;

constexpr std::int64_t floor_divide(std::int64_t x, std::int64_t by) {
  return x / by - (x % by < 0 ? 1 : 0);
}

constexpr std::int64_t floor_modulo(std::int64_t x, std::int64_t by) {
  return x % by < 0 ? x % by + by : x % by;
}

/// Takes the text apart from the front. Every method leaves it as it is when it does not match.
class scanner {
public:
  explicit scanner(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }

  bool skip(char expected) {
    if (!rest_.starts_with(expected))
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A number of exactly `digits` digits from `low` to `high`.
  std::optional<int> number(std::size_t digits, int low, int high) {
    if (rest_.size() < digits)
      return std::nullopt;
    int value = 0;
    for (char x : rest_.substr(0, digits)) {
      if (x < '0' || x > '9')
        return std::nullopt;
      value = value * 10 + (x - '0');
    }
    if (value < low || value > high)
      return std::nullopt;
    rest_.remove_prefix(digits);
    return value;
  }

  /// One to six digits after the point of a second, in microseconds.
  std::optional<int> fraction() {
    int value = 0;
    int unit = us_per_second;
    while (auto digit = number(1, 0, 9)) {
      unit /= 10;
      value += *digit * unit;
      if (unit == 0)
        return std::nullopt;
    }
    return unit == us_per_second ? std::nullopt : std::optional{value};
  }

private:
  std::string_view rest_;
};

/// Midnight of `YYYY-MM-DD`.
std::optional<std::int64_t> scan_date(scanner& in) {
  auto year = in.number(4, 1, 9999);
  if (!year || !in.skip('-'))
    return std::nullopt;
  auto month = in.number(2, 1, 12);
  if (!month || !in.skip('-'))
    return std::nullopt;
  auto day = in.number(2, 1, 31);
  if (!day)
    return std::nullopt;
  auto date = chrono::year{*year} / *month / *day;
  return date.ok() ? std::optional{days_from_civil(date) * us_per_day} : std::nullopt;
}

/// `hh:mm`, without a sign.
std::optional<std::int64_t> scan_minutes(scanner& in) {
  auto hours = in.number(2, 0, 23);
  if (!hours || !in.skip(':'))
    return std::nullopt;
  auto minutes = in.number(2, 0, 59);
  if (!minutes)
    return std::nullopt;
  return (std::int64_t{*hours} * 60 + *minutes) * 60 * us_per_second;
}

/// `hh:mm[:ss[.ffffff]]`.
std::optional<std::int64_t> scan_time(scanner& in) {
  auto minutes = scan_minutes(in);
  if (!minutes || !in.skip(':'))
    return minutes;
  auto seconds = in.number(2, 0, 59);
  if (!seconds)
    return std::nullopt;
  auto time = *minutes + *seconds * us_per_second;
  if (!in.skip('.'))
    return time;
  auto fraction = in.fraction();
  return fraction ? std::optional{time + *fraction} : std::nullopt;
}

/// `Z` or `±hh:mm`: what the local clock is ahead of UTC.
std::optional<std::int64_t> scan_zone(scanner& in) {
  if (in.skip('Z'))
    return 0;
  if (in.skip('+'))
    return scan_minutes(in);
  if (!in.skip('-'))
    return std::nullopt;
  auto behind = scan_minutes(in);
  return behind ? std::optional{-*behind} : std::nullopt;
}

std::optional<std::int64_t> scan_timestamp(scanner in) {
  auto date = scan_date(in);
  if (!date || in.done())
    return date;
  if (!in.skip('T'))
    return std::nullopt;
  auto time = scan_time(in);
  auto ahead = time ? scan_zone(in) : std::nullopt;
  if (!ahead || !in.done())
    return std::nullopt;
  auto us = *date + *time - *ahead;
  return us >= first_us && us <= last_us ? std::optional{us} : std::nullopt;
}

} // namespace

result<timestamp> parse_timestamp(std::string_view text) {
  if (auto us = scan_timestamp(scanner{text}))
    return timestamp{*us};
  return fail(ec::invalid_argument,
              fmt::format("\"{}\" is not a date such as 2024-02-29, nor a date and time with a "
                          "zone such as 2024-02-29T13:45:00Z, of the years 0001 to 9999",
                          printable(text)));
}

std::string to_string(timestamp x) {
  auto rest = floor_modulo(x.us(), us_per_day);
  if (rest == 0)
    return to_date_string(x);
  auto seconds = rest / us_per_second;
  auto text = fmt::format("{}T{:02}:{:02}:{:02}", to_date_string(x), seconds / 3600,
                          seconds / 60 % 60, seconds % 60);
  if (auto us = rest % us_per_second)
    text += fmt::format(".{:06}", us);
  return text + "Z";
}

std::string to_date_string(timestamp x) {
  // The calendar repeats every 400 years. Going back by whole cycles lets the library's 16-bit
  // years print any timestamp.
  constexpr std::int64_t days_per_cycle = 146'097;
  auto days = floor_divide(x.us(), us_per_day);
  auto day_of_cycle = chrono::days{floor_modulo(days, days_per_cycle)};
  auto date = chrono::year_month_day{chrono::sys_days{day_of_cycle}};
  auto year = int{date.year()} + 400 * floor_divide(days, days_per_cycle);
  return fmt::format("{:04}-{:02}-{:02}", year, unsigned{date.month()}, unsigned{date.day()});
}

} // namespace daybook
