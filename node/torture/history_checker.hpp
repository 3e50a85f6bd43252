#pragma once

#include "node/torture/log_image.hpp"
#include "node/torture/operation.hpp"
#include "node/torture/violations.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace daybook::node::torture {

/// Judges what a book's clients were told by what its log says in the end. Writes have a total
/// order, their seqs, so a history is linearizable when no answer shows less than what was
/// answered before it was asked for, nor anything that nobody had asked for by then. Pure; one
/// thread.
///
/// Tell it when each operation began and when it ended, in order of time; of two at the same time
/// the beginning first. A client has one operation at a time.
class history_checker {
public:
  history_checker(const log_image& image, violations& found);

  void begin(const operation& x);
  void end(const operation& x);

  /// A new process of the node was started: what it accepts has a higher epoch than what was
  /// acknowledged before. At the same time as operations: before them.
  void node_started();

  /// After the last operation: what only the whole history shows.
  void finish();

private:
  /// What is known of a key, as bits.
  enum mark : std::uint8_t { asked = 1, perhaps = 2, accepted = 4, refused = 8 };

  /// What was known for certain when a client's operation began.
  struct knowledge {
    std::uint64_t floor = 0;      ///< some answer has shown this event
    std::uint64_t epoch = 0;      ///< what is accepted has a higher one
    std::uint64_t seen_epoch = 0; ///< some answer came from a writer with this epoch
  };

  void begin_write(const operation& x, const answer& item);
  void check_unit(const operation& x);
  void end_write(const operation& x, const answer& item);
  void check_receipt(const operation& x, const answer& item);
  void check_place(const operation& x, const answer& item);
  void check_epoch(const operation& x, std::uint64_t epoch, std::string_view what);
  void check_first(const operation& x, const answer& item, std::uint8_t marks);
  void check_balances(const operation& x, const answer& item);
  void end_conflict(const operation& x, const answer& item);
  void end_frontier(const operation& x);
  void end_balance(const operation& x);
  void end_find(const operation& x);
  void end_totals(const operation& x);

  /// An answer showed the state after an event.
  void saw(const operation& x, std::uint64_t seq);
  std::uint8_t& marks_of(const key_id& key);
  const knowledge& before(const operation& x) { return before_[x.client]; }
  void complain(std::string_view what, const operation& x, std::string detail);

  const log_image& image_;
  violations& found_;
  std::uint64_t floor_ = 0;          ///< the last event that some answer has shown
  std::uint64_t accepted_epoch_ = 0; ///< the highest of what was accepted
  std::uint64_t epoch_floor_ = 0;    ///< that, when the node was started
  std::uint64_t seen_epoch_ = 0;     ///< the highest that some answer has shown
  std::uint64_t asked_for_ = 0;      ///< all events to here were asked for by now
  std::vector<bool> is_asked_for_;   ///< of those after the first part, by seq
  absl::flat_hash_map<std::uint32_t, knowledge> before_;
  absl::flat_hash_map<std::uint32_t, std::vector<std::uint8_t>> marks_; ///< by client and number
};

/// A book as its node shows it when everything is over.
struct final_state {
  struct account {
    std::uint32_t number = 0;
    std::int64_t balance = 0;
    std::uint64_t updated_seq = 0;
  };

  std::uint64_t durable = 0;
  std::vector<account> accounts;
  std::int64_t debits_less_credits = 0; ///< of the trial balance
};

/// Whether the book's balances are what its log says.
void check_final(const log_image& image, const final_state& x, violations& found);

} // namespace daybook::node::torture
