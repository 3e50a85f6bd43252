#pragma once

#include "node/bench/load.hpp"
#include "node/bench/raw_disk.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace daybook::node::bench {

/// Processor time of this process, user and system, in microseconds.
std::uint64_t process_cpu_us();

/// What books count.
struct counters {
  std::uint64_t batches = 0;
  std::uint64_t events = 0;
  std::uint64_t syncs = 0;
  std::uint64_t bytes = 0; ///< of the log

  friend counters operator-(const counters& x, const counters& y) {
    return {x.batches - y.batches, x.events - y.events, x.syncs - y.syncs, x.bytes - y.bytes};
  }
};

/// What was seen from beside while the load ran.
struct observations {
  double longest_gap_ms = 0; ///< in which nothing was answered; seen every 10 ms
  /// Events. Empty when nobody looked: there are several books, or the book did not answer.
  std::optional<std::uint64_t> index_lag_max;
  std::uint64_t threads_max = 0; ///< of this process

  void look(std::optional<std::uint64_t> lag);
};

/// Everything one run measured.
struct measurement {
  load_options options;
  bool remote = false;
  load_result load;
  double indexed_after_s = 0; ///< from the last answer until the history of all is in the index
  observations seen;
  counters done;            ///< by the books, under the load
  std::uint64_t cpu_us = 0; ///< of this process: clients, and the node when it is not remote
  raw_disk_result raw;

  double transactions_per_second() const;
  double bytes_per_transaction() const;
  double cpu_us_per_transaction() const;
  double transactions_per_batch() const;
  /// Log bytes per second as a share of what the bare disk took in blocks of the same size.
  double share_of_raw() const;
};

/// A table for people.
std::string to_text(const measurement& x);

/// One JSON object in one line.
std::string to_json(const measurement& x);

} // namespace daybook::node::bench
