#include "actors/book_link.hpp"

#include <charconv>
#include <chrono>

namespace daybook::actors {

std::optional<caf::timespan> retry_delay(const error& refused) {
  auto text = refused.get("retry_after_us");
  std::int64_t us = 0;
  auto end = text.data() + text.size();
  auto [stopped, failed] = std::from_chars(text.data(), end, us);
  if (text.empty() || failed != std::errc{} || stopped != end || us < 0)
    return std::nullopt;
  return std::chrono::microseconds{us};
}

namespace detail {

bool is_judged(const error& x) {
  switch (x.code()) {
  case ec::overloaded:
  case ec::fence_active:
  case ec::read_only:
  case ec::io:
  case ec::corrupt:
  case ec::outcome_unknown:
  case ec::internal:
  case ec::timed_out:
  case ec::locked:
  case ec::moved:
  case ec::unavailable:
    return false;
  case ec::limit_exceeded:
    return x.get("what") != "message_items";
  default:
    return true;
  }
}

void doubt(std::vector<outcome>& xs) {
  for (auto& x : xs)
    if (auto* refused = std::get_if<error>(&x); refused && !is_judged(*refused))
      *refused = {ec::outcome_unknown,
                  "the write may have been accepted before the book was restarted (" +
                      refused->message() + "): retry with the same key",
                  refused->fields()};
}

} // namespace detail

} // namespace daybook::actors
