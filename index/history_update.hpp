#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace daybook::index {

/// What a value belongs to: an account, or an asset's sums.
enum class history_part : std::uint8_t { posting, sums };

/// A record of the log.
struct batch_end {
  timestamp committed_at;
  event_seq last;
};

/// What one `side_index::add_history` writes, gathered event by event: each at most once for an
/// account or asset and seq. Values are opaque here; `protocol/` encodes them. For one thread.
class history_update {
public:
  /// The state of an account after an event that posted to it.
  void posting(account_no account, event_seq seq, byte_span value);

  /// The state of an asset's sums after an event.
  void sums(asset_no asset, event_seq seq, byte_span value);

  /// A record of the log ends with event `last`.
  void batch(timestamp committed_at, event_seq last);

  /// About what it holds in memory: a writer adds it to the index past a limit of its own.
  std::size_t size_bytes() const;

  bool empty() const { return changes_.empty() && batches_.empty(); }

  /// Empty again, with the memory it has, for the next events.
  void clear();

private:
  friend class history_chunk;

  struct change {
    history_part of;
    std::uint32_t number; ///< of the account or asset
    event_seq seq;
    std::size_t offset; ///< of the value in `values_`
    std::size_t size;
  };

  void add(history_part of, std::uint32_t number, event_seq seq, byte_span value);

  std::vector<change> changes_;
  std::vector<batch_end> batches_;
  byte_buffer values_;
  event_seq last_; ///< the highest of all
};

} // namespace daybook::index
