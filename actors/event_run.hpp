#pragma once

#include "actors/batch_buffer.hpp"
#include "actors/event_matcher.hpp"
#include "actors/jobs.hpp"
#include "base/result.hpp"
#include "log/event_list.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace daybook::actors {

/// Consecutive durable events on their way to a follower, looked at one by one. The first one to
/// look at is there when the run is made, unless it is at its end.
class event_run {
public:
  virtual ~event_run() = default;

  virtual bool at_end() const = 0;

  // -- of the event looked at
  // ----------------------------------------------------------------------

  virtual event_seq seq() const = 0;
  virtual chain_hash chain() const = 0; ///< of its batch
  virtual bool joined() const = 0;
  virtual std::size_t bytes() const = 0; ///< in the log; zero when they have been counted before
  virtual bool matches(event_matcher& wanted) const = 0;
  virtual recorded_event take() = 0; ///< once

  /// On to the next one. Errors: `corrupt`.
  virtual result<void> advance() = 0;
};

/// Decodes batches that memory has, from the event `from` on, which the first of them holds.
result<std::unique_ptr<event_run>>
run_of_batches(std::vector<std::shared_ptr<const batch_buffer>> batches, event_seq from,
               const log_scan& book);

/// Events that a reader has found.
std::unique_ptr<event_run> run_of_page(std::vector<recorded_event> items);

/// Bounds of one delivery. Units are never cut, so a delivery may pass each by the rest of one.
struct delivery_bounds {
  std::size_t events = 0; ///< that match; at least 1
  std::size_t bytes = page_bytes_max;
  std::size_t looked_at = 10'000; ///< so that one step does not keep a thread from others
};

/// What one step of a run came to.
struct cut_piece {
  std::vector<recorded_event> events; ///< those that match
  event_seq last;                     ///< the last one looked at
  chain_hash chain{};                 ///< of the batch that holds that one
};

/// Takes events until the bounds are reached and a unit is complete, or the run is at its end.
/// The run is not at its end. Errors: `corrupt`.
result<cut_piece> cut(event_run& from, event_matcher& wanted, delivery_bounds bounds);

} // namespace daybook::actors
