#pragma once

#include "base/ids.hpp"
#include "log/sparse_index.hpp"
#include "log/storage.hpp"

#include <string>
#include <string_view>

namespace daybook::log {

/// A place in a book's log: behind the batch that ends with the event `seq`, which left `chain`
/// (as in `stored_batch` and in `appended`). Seq zero is the place before the first event; its
/// chain says nothing and is not looked at.
///
/// Whoever keeps something that was derived from the log (a snapshot, an index) keeps with it the
/// point up to which it was.
struct log_point {
  event_seq seq;
  chain_hash chain{};

  friend bool operator==(const log_point&, const log_point&) = default;
};

/// Whether a book's log has a batch that ends with exactly this seq and left exactly this chain.
/// False beyond the end of the log, in the middle of a batch, and for another chain: what was
/// derived up to such a point is ahead of the log, foreign to it, or damaged. Seq zero is in every
/// log.
///
/// Takes no lock and writes nothing; the log may have a torn tail. The last segment is read past
/// the page cache, so a point that a failed sync took away is not in the log [I2]. Reads
/// records of one segment at most: with a footer about 64 KiB and one record. The last segment has
/// none; there `live` leads as near, the index of the book's writer if there is one in this process
/// (may be null). It is a hint and looked at during this call alone. When the point is there,
/// `passed` (may be null, may be `live`) is told the places of its segment up to it.
/// Errors: `corrupt` with `file` and `offset` when something on the way to the point does not
/// verify; `not_found` when there is no such directory; `invalid_argument` for a newer format;
/// `io`.
result<bool> contains_point(storage& disk, const std::string& directory, std::string_view book,
                            const log_point& point, const live_index* live = nullptr,
                            live_index* passed = nullptr);

} // namespace daybook::log
