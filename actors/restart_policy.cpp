#include "actors/restart_policy.hpp"

#include "base/names.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace daybook::actors {

namespace {

constexpr std::uint32_t restarts_limit = 1'000'000;
constexpr std::uint32_t window_seconds_max = 7 * 24 * 60 * 60;

std::optional<std::uint32_t> number(std::string_view text, std::uint32_t max) {
  std::uint32_t value = 0;
  auto end = text.data() + text.size();
  auto [stopped, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stopped != end || value == 0 || value > max)
    return std::nullopt;
  return value;
}

std::uint32_t limit_of(const restart_policy& x) {
  switch (x.kind) {
  case restart_kind::never:
    return 0;
  case restart_kind::once:
    return 1;
  case restart_kind::bounded:
    break;
  }
  return x.restarts_max;
}

} // namespace

result<restart_policy> parse_restart_policy(std::string_view text) {
  restart_policy policy;
  if (text == "never" || text == "once") {
    policy.kind = text == "never" ? restart_kind::never : restart_kind::once;
    return policy;
  }
  if (text == "bounded")
    return policy;
  auto slash = text.find('/');
  if (slash != text.npos && text.ends_with('s')) {
    auto restarts = number(text.substr(0, slash), restarts_limit);
    auto seconds = number(text.substr(slash + 1, text.size() - slash - 2), window_seconds_max);
    if (restarts && seconds) {
      policy.restarts_max = *restarts;
      policy.window = std::chrono::seconds{*seconds};
      return policy;
    }
  }
  auto shown = printable(text);
  return fail(ec::invalid_argument,
              "'" + shown +
                  "' is no restart policy; write never, once, bounded, or restarts and a time "
                  "like 5/60s",
              {{"argument", shown}});
}

std::string to_string(const restart_policy& x) {
  switch (x.kind) {
  case restart_kind::never:
    return "never";
  case restart_kind::once:
    return "once";
  case restart_kind::bounded:
    break;
  }
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(x.window);
  return std::to_string(x.restarts_max) + "/" + std::to_string(seconds.count()) + "s";
}

std::chrono::nanoseconds backoff_delay(std::chrono::nanoseconds first,
                                       std::chrono::nanoseconds longest, std::size_t tries,
                                       random_source& random) {
  auto whole = std::min(first, longest);
  for (std::size_t i = 1; i < tries && whole < longest; ++i)
    whole = whole > longest / 2 ? longest : 2 * whole;
  auto half = static_cast<std::uint64_t>(std::max<std::int64_t>(whole.count() / 2, 0));
  return half == 0
             ? whole
             : whole - std::chrono::nanoseconds{static_cast<std::int64_t>(random.next() % half)};
}

/// `once` has no window: its restart is spent until somebody gives it back.
std::optional<std::chrono::nanoseconds>
restart_history::next(const restart_policy& policy, time_point now, random_source& random) {
  if (policy.kind == restart_kind::bounded)
    while (!tried_.empty() && now - tried_.front() >= policy.window)
      tried_.pop_front();
  if (tried_.size() >= limit_of(policy))
    return std::nullopt;
  auto delay = tried_.empty()
                   ? std::chrono::nanoseconds{0}
                   : backoff_delay(policy.delay_first, policy.delay_longest, tried_.size(), random);
  tried_.push_back(now);
  return delay;
}

} // namespace daybook::actors
