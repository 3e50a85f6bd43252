#include "node/torture/followed_events.hpp"

#include <fmt/format.h>

#include <utility>

namespace daybook::node::torture {

void followed_events::complain(std::string what, std::string detail) {
  found_.add({std::move(what), book_, std::move(detail)});
}

/// After a gap it goes on from the event as it is, so that the rest is judged by itself.
void followed_events::take(std::uint64_t seq, std::uint64_t epoch, std::uint64_t chain) {
  if (seq < next())
    return complain("followed_twice",
                    fmt::format("event {} was delivered after event {}", seq, next() - 1));
  if (seq > next()) {
    complain("followed_gap", fmt::format("event {} was delivered after event {}", seq, next() - 1));
    told_.resize(seq - 1);
  }
  told_.push_back({epoch, chain});
}

void followed_events::check(const log_image& image) {
  if (next() <= image.last_seq())
    complain("followed_gap", fmt::format("a follower was told events up to {}; the log ends with "
                                         "event {}",
                                         next() - 1, image.last_seq()));
  if (next() > image.last_seq() + 1)
    complain("lost_write", fmt::format("a follower was told of event {}; the log ends with event "
                                       "{}",
                                       next() - 1, image.last_seq()));
  for (auto seq = image.first_part() + 1; seq < next(); ++seq) {
    auto* event = image.at(seq);
    auto& told = told_[seq - 1];
    // One that was never delivered is complained of already.
    if (event && told.epoch != 0 && (told.epoch != event->epoch || told.chain != event->chain))
      complain("followed_other",
               fmt::format("a follower was told event {} with epoch {} and chain {:016x}; the log "
                           "has {} and {:016x}",
                           seq, told.epoch, told.chain, event->epoch, event->chain));
  }
}

} // namespace daybook::node::torture
