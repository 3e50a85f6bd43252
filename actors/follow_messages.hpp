#pragma once

#include "actors/messages.hpp"
#include "base/ids.hpp"
#include "base/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// What a book and those who follow it say to each other. All of it crosses the network.

namespace daybook::actors {

enum class event_kind : std::uint8_t {
  asset_registered = 1,
  account_opened = 2,
  transaction_posted = 3,
  account_closed = 4,
  account_reopened = 5
};

/// Which events of a book are wanted.
struct event_filter {
  std::vector<event_kind> kinds; ///< empty: all
  /// Whole parts of a path, as in `accounts_query`. A transaction is wanted when one of its
  /// postings is; an asset only when there is no prefix. Empty: all.
  std::vector<std::string> account_prefixes;

  friend bool operator==(const event_filter&, const event_filter&) = default;
};

enum class delivery_mode : std::uint8_t {
  /// Every event from `from` on, once and in order; a slow subscriber is read to from the log.
  guaranteed = 1,
  /// What becomes durable from now on; dropped, and counted, while there is no credit.
  lossy = 2
};

struct subscription {
  /// The first event wanted, at most one after the last durable one; zero means one. One within a
  /// unit is found out when it is read: that ends the subscription, with the error that
  /// `events_query` has for it. Lossy subscriptions begin at the end, whatever this says.
  event_seq from;
  delivery_mode mode = delivery_mode::guaranteed;
  /// Events that may be on their way before the subscriber grants more; at least 1. A unit is never
  /// split, so it may overdraw the credit once.
  std::uint32_t credit = 1'000;
  event_filter filter;
};

/// Events of a book in order, without the ones that the filter holds back. The units among them,
/// atomic batches and fences, are whole.
struct delivery {
  std::vector<recorded_event> events;
  event_seq first;           ///< what was looked at begins here, one after the last delivery
  event_seq last;            ///< and ends here
  event_seq durable;         ///< where the book was then
  std::uint64_t dropped = 0; ///< events that a lossy subscription has dropped, all together
  writer_epoch epoch; ///< of the book's incarnation that says so; never lower than the one before
  /// Of the batch that holds `last`; zero when nobody looked at it.
  chain_hash chain{};
};

/// A durable cursor: the name of a worker that remembers how far it has come.
struct cursor_request {
  std::string name;    ///< 1 to 100 of a-z 0-9 . _ -
  event_filter filter; ///< the cursor is bound to it
  /// For a new cursor: the first event wanted; zero means one. Not within a unit, see
  /// `events_query`.
  event_seq start;
};

struct cursor_info {
  std::string name;
  event_filter filter;
  event_seq position; ///< everything up to here has been dealt with
  event_seq durable;  ///< of the book, for the lag
  timestamp stored_at;
  bool held = false; ///< a worker has it now
};

/// What a projection has made of the events up to a seq. Can be thrown away at any time [I9].
struct checkpoint {
  std::string name;
  std::uint32_t version = 0; ///< of the projection's code
  event_seq seq;
  chain_hash chain{}; ///< of the batch that holds `seq`: it tells whether the log is still the same
  std::string state;  ///< bytes that only the projection understands
};

/// The largest state of a checkpoint.
inline constexpr std::size_t checkpoint_bytes_max = 64 * 1024 * 1024;

/// A follower's own watermark.
struct applied_mark {
  std::string name;
  event_seq seq;

  friend bool operator==(const applied_mark&, const applied_mark&) = default;
};

/// The watermarks of a book: accepted ≥ written ≥ durable ≥ applied.
struct frontier {
  event_seq accepted;
  event_seq written;                 ///< handed to the disk
  event_seq durable;                 ///< and visible
  std::vector<applied_mark> applied; ///< projections and cursors that are at work, by name
};

enum class watermark : std::uint8_t { accepted = 1, written = 2, durable = 3, applied = 4 };

} // namespace daybook::actors
