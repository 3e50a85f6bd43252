#pragma once

#include "base/ids.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace daybook::ledger {

/// Whether an account takes postings, and since which event that is so.
struct lifecycle {
  bool closed = false;
  event_seq changed_at; ///< of the last closing or reopening; zero if there was none

  friend bool operator==(const lifecycle&, const lifecycle&) = default;
};

/// The lifecycles of a book's accounts, each in two states as a balance is: `staged` and `durable`
/// [I7]. Only accounts that were ever closed take memory. For the book's thread.
class lifecycles {
public:
  lifecycle staged(account_no n) const;
  lifecycle durable(account_no n) const;

  void stage(account_no n, lifecycle x);

  /// The change is durable already.
  void settle(account_no n, lifecycle x);

  /// Closes the staged batch. There must be none closed.
  void seal();

  /// The closed batch is durable.
  void mark_durable();

  /// Changes staged since the last `seal`; what `undo_to` goes back to.
  std::size_t mark() const { return staging_.size(); }

  /// Takes back the changes since the mark, the last one first, and tells `undone` of each account
  /// and what it is again.
  template <class Undone>
  void undo_to(std::size_t mark, Undone undone) {
    while (staging_.size() > mark) {
      auto [account, before, after] = staging_.back();
      staging_.pop_back();
      restore(account, before);
      undone(account, before);
    }
  }

private:
  struct states {
    lifecycle staged;
    lifecycle durable;
  };

  struct change {
    account_no account;
    lifecycle before;
    lifecycle after;
  };

  friend class recent_lifecycles;

  void restore(account_no n, lifecycle before);

  absl::flat_hash_map<account_no, states> states_;
  /// Of the two batches that are not durable, in order.
  std::vector<change> staging_;
  std::vector<change> sealed_;
};

/// What memory knows of lifecycles in the past: all changes that are not durable, and of each
/// account the last one. Of a moment: nothing is staged and nothing becomes durable while it is
/// used.
class recent_lifecycles {
public:
  explicit recent_lifecycles(const lifecycles& of) : of_(&of) {}

  /// The staged state as it was right before an event. Nothing when only the log can tell.
  std::optional<lifecycle> before(account_no n, event_seq at);

private:
  using change = lifecycles::change;

  void gather();

  const lifecycles* of_;
  bool has_gathered_ = false;
  absl::flat_hash_map<account_no, std::vector<change>> changes_; ///< that are not durable, in order
};

} // namespace daybook::ledger
