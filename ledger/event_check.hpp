#pragma once

#include "base/result.hpp"
#include "ledger/events.hpp"
#include "ledger/types.hpp"

#include <cstdint>
#include <string>

// What a log cannot say, whoever reads it: `book_machine` when it opens a book, `state_delta` when
// a snapshot is written. Only what the rules could not have let through; limits are not among it,
// for they may have been wider. What postings come to is left to those who keep balances.

namespace daybook::ledger {

/// What a reader of a log knows at some event about those before it.
class known_so_far {
public:
  virtual bool has_asset(const std::string& id) const = 0;
  virtual bool has_account(const std::string& path) const = 0;

  /// These have the numbers from 0 on.
  virtual std::uint64_t accounts() const = 0;

  /// Whether an account may be closed (or open) by now. Asked when the event takes it to be so:
  /// who does not know yet learns it.
  virtual bool can_be(account_no n, bool closed) = 0;

protected:
  known_so_far() = default;
  known_so_far(const known_so_far&) = default;
  known_so_far& operator=(const known_so_far&) = default;
  ~known_so_far() = default;
};

/// Errors: `corrupt` with `seq`, the event's own.
[[nodiscard]] result<void> check_event(const event& x, event_seq seq, known_so_far& before);

/// Whether a batch may follow `before`, which is all zero when there is none, and the events up to
/// the one before `next`. Errors: `corrupt` with `seq`.
[[nodiscard]] result<void> check_batch(const batch_info& x, event_seq next,
                                       const batch_info& before);

} // namespace daybook::ledger
