#pragma once

#include "base/address.hpp"
#include "node/bench/histogram.hpp"
#include "node/torture/answer_record.hpp"
#include "node/torture/operation.hpp"

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace daybook::node::torture {

/// How long a node took to come back, in nanoseconds, a sample for each of its books.
struct recovery_times {
  bench::histogram kill_to_write;   ///< from SIGKILL to the first write that was accepted after it
  bench::histogram start_to_answer; ///< from the start of the process to the first answer

  void merge(const recovery_times& other) {
    kill_to_write.merge(other.kill_to_write);
    start_to_answer.merge(other.start_to_answer);
  }
};

/// What a node's driver tells its clients, and they tell it. Any thread.
class node_board {
public:
  explicit node_board(std::size_t books) : record_(books), books_(books) {}

  /// When its books answered.
  answer_record& record() { return record_; }

  // -- for the driver ----------------------------------------------------------------------------

  void is_starting(instant at);
  void runs_as(pid_t process);
  void is_up(address where);
  void is_down();
  /// Measures the time from `at` to the next write of each book that was sent when it was `gone`.
  void was_killed(instant at, instant gone);
  /// Clients only read while there is too little room on its disk.
  void allow_writes(bool allowed);
  /// Whether each book has answered a question, or accepted a write, that was sent after `at`.
  bool all_read_since(instant at) const;
  bool all_written_since(instant at) const;

  // -- for clients -------------------------------------------------------------------------------

  struct place {
    std::optional<address> where; ///< empty while it is down
    std::uint64_t version = 0;    ///< another one for each process
  };

  place current() const;
  /// Returns when the version is another one, or the time has passed.
  void wait_for_change(std::uint64_t version, std::chrono::milliseconds timeout) const;
  bool may_write() const;
  /// A book has been opened, has answered a question, or has accepted a write.
  void answered(std::size_t book, instant at);
  void read(std::size_t book, instant sent, instant at);
  void written(std::size_t book, instant sent, instant at);

  /// The last process of the node; -1 before the first.
  pid_t process() const;

  recovery_times times() const;
  /// When each process was started, in order.
  std::vector<instant> starts() const;

private:
  struct book_times {
    std::optional<instant> killed; ///< until it is written again
    instant gone = 0;
    std::optional<instant> started; ///< until it answers
    instant last_read = 0;          ///< when the last ones were sent
    instant last_written = 0;
  };

  void change(std::optional<address> where);

  answer_record record_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  place place_;
  bool may_write_ = true;
  pid_t process_ = -1;
  std::vector<book_times> books_;
  recovery_times times_;
  std::vector<instant> starts_;
};

} // namespace daybook::node::torture
