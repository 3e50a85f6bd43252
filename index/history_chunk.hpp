#pragma once

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/timestamp.hpp"
#include "index/history_update.hpp"
#include "index/records.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace daybook::index {

/// Updates of a book's history in memory, ordered for reading. Immutable: any thread.
class history_chunk {
public:
  /// One number for an account or asset: they are compared often.
  static constexpr std::uint64_t owner_of(history_part of, std::uint32_t number) {
    return static_cast<std::uint64_t>(of) << 32 | number;
  }

  /// The state of an account or asset after an event.
  struct row {
    history_part of;
    std::uint32_t number;
    std::uint32_t offset; ///< of the value
    std::uint32_t size;
    event_seq seq;

    std::uint64_t owner() const { return owner_of(of, number); }
    auto place() const { return std::pair{owner(), seq}; }
  };

  /// `update` holds the events after `after` and up to the mark's.
  static std::shared_ptr<const history_chunk> make(const history_update& update, event_seq after,
                                                   const mark& up_to);

  /// Both, of which `b` comes right after `a`.
  static std::shared_ptr<const history_chunk> merge(const history_chunk& a, const history_chunk& b);

  /// In order of their places.
  std::span<const row> rows() const { return rows_; }

  /// Those of one account or asset.
  std::span<const row> rows_of(history_part of, std::uint32_t number) const;

  byte_span value_of(const row& x) const { return byte_span{values_}.subspan(x.offset, x.size); }

  std::span<const batch_end> batches() const { return batches_; }
  std::span<const event_seq> boundaries() const { return boundaries_; }

  event_seq after() const { return after_; }
  const mark& up_to() const { return up_to_; }
  std::size_t size_bytes() const;

private:
  void add_row(const history_chunk& from, const row& x);

  std::vector<row> rows_;
  byte_buffer values_;
  std::vector<batch_end> batches_;
  std::vector<event_seq> boundaries_;
  event_seq after_;
  mark up_to_;
};

using history_chunks = std::vector<std::shared_ptr<const history_chunk>>;

} // namespace daybook::index
