#include "node/torture/history_checker.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace daybook::node::torture {

// -- answers to reads -----------------------------------------------------------------------------

void history_checker::saw(const operation& x, std::uint64_t seq) {
  if (seq > image_.last_seq())
    complain("lost_write", x,
             fmt::format("event {} was shown; the log ends with event {}", seq, image_.last_seq()));
  else if (seq > asked_for_)
    complain("from_the_future", x,
             fmt::format("event {} was shown, and event {} had not been asked for", seq,
                         asked_for_ + 1));
  floor_ = std::max(floor_, std::min(seq, image_.last_seq()));
}

void history_checker::end_frontier(const operation& x) {
  if (x.seq < before(x).floor)
    complain(
        "stale_read", x,
        fmt::format("the book was at event {}; event {} was shown before", x.seq, before(x).floor));
  if (x.epoch < before(x).epoch)
    complain("epoch_went_back", x,
             fmt::format("the book has epoch {}; epoch {} was acknowledged before", x.epoch,
                         before(x).epoch));
  check_epoch(x, x.epoch, "said where it is");
  saw(x, x.seq);
}

void history_checker::end_balance(const operation& x) {
  auto path = account_path(x.account);
  auto wanted = image_.balance_after(x.account, x.seq);
  if (!wanted || *wanted != x.balance)
    return complain("other_balance", x,
                    fmt::format("{} is {} after event {}; the postings make {}", path, x.balance,
                                x.seq, wanted ? std::to_string(*wanted) : "no balance there"));
  auto next = image_.next_touch(x.account, x.seq);
  if (next != 0 && next <= before(x).floor)
    complain("stale_read", x,
             fmt::format("{} was shown after event {}, without event {}; event {} was shown "
                         "before",
                         path, x.seq, next, before(x).floor));
  saw(x, x.seq);
}

void history_checker::end_find(const operation& x) {
  auto seq = image_.seq_of(x.wanted);
  if (x.found) {
    if (seq != x.seq)
      complain("other_receipt", x,
               fmt::format("key {} was found as event {}; in the log it is event {}",
                           to_string(x.wanted), x.seq, seq));
    saw(x, x.seq);
  } else if (seq != 0 && seq <= before(x).floor)
    complain("stale_read", x,
             fmt::format("key {}, event {}, was not found; event {} was shown before",
                         to_string(x.wanted), seq, before(x).floor));
}

void history_checker::end_totals(const operation& x) {
  if (x.balance != 0)
    complain("unbalanced", x, fmt::format("debits less credits are {}", x.balance));
}

} // namespace daybook::node::torture
