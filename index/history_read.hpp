#pragma once

#include "index/history_chunk.hpp"
#include "index/rocks/database.hpp"

#include <functional>
#include <optional>

namespace daybook::index {

/// A book's history as it is at one moment: what the database has, and the tail that it does not
/// have yet. For one call; any thread.
class history_view {
public:
  history_view(const database& db, book_id book, history_chunks tail);

  using posting_visitor = std::function<bool(event_seq, byte_span)>;

  // Those of `side_index` of the same names.

  result<std::optional<history_value>> last_posting(account_no account,
                                                    event_seq at_or_before) const;
  result<void> each_posting(account_no account, event_seq after, event_seq last,
                            const posting_visitor& visit) const;
  result<std::optional<history_value>> last_sums(asset_no asset, event_seq at_or_before) const;
  result<event_seq> last_boundary(event_seq at_or_before) const;
  result<event_seq> last_at(timestamp at_or_before) const;

private:
  std::optional<history_value> last_in_tail(history_part of, std::uint32_t number,
                                            event_seq at_or_before) const;
  result<bool> each_packed(account_no account, event_seq after, event_seq last,
                           const posting_visitor& visit) const;

  const database& db_;
  book_id book_;
  history_chunks tail_;
  /// What is after it is read from the tail, though the database may have it by now.
  event_seq packed_;
};

} // namespace daybook::index
