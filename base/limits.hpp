#pragma once

#include <cstddef>
#include <cstdint>

namespace daybook {

/// Bounds on what one request may carry. A node's configuration may change them; the defaults are
/// those of the documentation. They guard writing only: a log written under wider limits opens.
struct limits {
  std::size_t name_bytes_max = 255;           ///< book names, account paths, asset ids, keys, refs
  std::size_t metadata_bytes_max = 64 * 1024; ///< JSON text of one transaction
  std::size_t postings_max = 10'000;          ///< of one transaction
  std::size_t refs_max = 100;                 ///< external references of one transaction
  std::size_t atomic_items_max = 10'000;      ///< writes in one atomic batch
  std::size_t message_items_max = 100'000;    ///< writes in one message to a book
};

/// Decimal places an asset may have.
inline constexpr std::uint8_t precision_max = 30;

/// The largest payload of one batch record that a reader accepts.
inline constexpr std::size_t batch_payload_bytes_max = 256 * 1024 * 1024;

/// Bounds on what a book holds that is not yet durable. Past them a write is `overloaded`. The
/// batch that is on the disk and the batch that is being staged each keep to them.
struct batch_limits {
  std::size_t events_max = 131'072;
  std::size_t bytes_max = 64 * 1024 * 1024;
};

/// One transaction at its largest, encoded, must fit in a batch beside a full one, and both in a
/// record: 10,000 postings of at most 64 bytes, 100 references of 2 × 255 bytes and the metadata
/// stay under 1 MiB.
static_assert(batch_limits{}.bytes_max + 1024 * 1024 <= batch_payload_bytes_max);

} // namespace daybook
