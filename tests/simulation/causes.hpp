#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace daybook::simulation {

class machine;

/// Holds every answer that blames circumstances against what has happened: a call of the disk or
/// the index that failed, a full disk, a book that was killed or stopped, other writes that wait.
/// An answer without a cause is a violation: a book that turns everybody away loses nothing, and is
/// of no use.
///
/// A cause is what must have happened at least; when it has, the answer may still be one that the
/// book did not have to give.
class causes {
public:
  explicit causes(const machine& on) : on_(&on) {}

  /// What has happened so far. Only grows.
  struct counts {
    std::uint64_t disk_failures = 0; ///< of its calls; losing power is one
    std::uint64_t no_space = 0;      ///< those of them that found none
    std::uint64_t index_failures = 0;
    std::uint64_t kills = 0;
    std::uint64_t stops = 0; ///< and restarts, by hand: when they begin, and when they end

    bool operator==(const counts&) const = default;
  };

  /// What there was when something was asked.
  struct asking {
    std::uint64_t incarnation = 0;
    counts before;
    counts forgiven;        ///< when its restarts were counted anew
    std::size_t items = 0;  ///< of it, and of all that waited before it
    std::size_t others = 0; ///< that waited
    bool is_fenced = false; ///< there may be a fence
  };

  counts now() const;

  /// The circumstances of who asks an incarnation something now, but for the others that wait.
  asking begin(std::uint64_t incarnation) const;

  // -- what happens ------------------------------------------------------------------------------

  void process_begins();
  void book_begins(); ///< its next incarnation
  void book_ended();
  void book_is_killed() { ++kills_; }
  void stop_begins(); ///< somebody wants it stopped, or restarted
  void stop_ends();
  /// Its restarts are counted anew. What happened since all was at rest may still come to bear.
  void is_forgiven() { at_forgiveness_ = at_rest_; }
  void all_rests(); ///< nothing fails any more, and everybody has an answer

  // -- what it explains --------------------------------------------------------------------------

  /// What is wrong with an error that is answered now; empty when nothing is, or when it does not
  /// blame circumstances.
  std::string missing(const error& x, const asking& when) const;

  /// The same for who wants the book opened.
  std::string missing_for_opening(const error& x) const;

private:
  bool may_have_ended(std::uint64_t incarnation) const;
  bool may_be_given_up(const asking& when) const;
  bool may_lack_room(const error& x, const asking& when) const;

  const machine* on_;
  std::uint64_t kills_ = 0;
  std::uint64_t stops_ = 0;
  std::uint64_t stops_under_way_ = 0;
  counts at_process_;
  counts at_end_; ///< of the incarnation before
  counts at_forgiveness_;
  counts at_rest_;
  std::vector<counts> since_; ///< by incarnation, from 1: what ended it came after
};

} // namespace daybook::simulation
