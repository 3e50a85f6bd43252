#include "node/import_line.hpp"

#include <algorithm>
#include <string>
#include <thread>

namespace daybook::node {

namespace {

constexpr auto longest_pause = std::chrono::milliseconds{1'000};
constexpr auto patience = std::chrono::seconds{60};

} // namespace

bool is_blank(const input_line& line) {
  return !line.too_long && line.text.find_first_not_of(" \t\r") == std::string_view::npos;
}

result<ledger::write> parse_import_line(const input_line& line,
                                        const protocol::precision_source& precisions,
                                        const limits& bounds) {
  if (!line.too_long)
    return protocol::parse_write(line.text, precisions, bounds);
  auto limit = std::to_string(protocol::line_bytes_max(bounds));
  auto length = std::to_string(line.bytes);
  return fail(ec::limit_exceeded,
              "the line has " + length + " bytes, and at most " + limit +
                  " are allowed: split the transaction or shorten its metadata",
              {{"what", "line"}, {"limit", limit}, {"would_be", length}});
}

bool is_rejection(ec code) {
  switch (code) {
  case ec::overloaded:
  case ec::outcome_unknown:
  case ec::corrupt:
  case ec::locked:
  case ec::io:
  case ec::fence_active:
  case ec::read_only:
  case ec::busy:
  case ec::timed_out:
  case ec::restarting:
  case ec::failed:
  case ec::no_space:
  case ec::internal:
  case ec::moved:
  case ec::unavailable:
    return false;
  default:
    return true;
  }
}

bool is_for_later(ec code) {
  return code == ec::overloaded || code == ec::fence_active || code == ec::restarting;
}

error advise_rerun(const error& x) {
  return {x.code(),
          x.message() + "; the import stopped here. Run it again: lines that are in the book "
                        "already are recognised and change nothing, but for closings and "
                        "reopenings of accounts, which have no key and are done again",
          x.fields()};
}

bool import_pauses::wait() {
  if (waited_ >= patience)
    return false;
  std::this_thread::sleep_for(pause_);
  waited_ += pause_;
  pause_ = std::min(pause_ * 2, longest_pause);
  return true;
}

} // namespace daybook::node
