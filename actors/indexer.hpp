#pragma once

#include "actors/feed.hpp"
#include "actors/history_writer.hpp"
#include "actors/jobs.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"
#include "log/batch_reader.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>
#include <caf/timespan.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace daybook::actors {

/// An indexer (interfaces.hpp). Spawned detached, for every job blocks. It follows many books, one
/// chunk of one of them at a time, and asks each for more when the chunk is written; so a book that
/// has much to index does not keep the others waiting.
///
/// When the disk fails it tells the book to go without an index, and begins again a little later.
/// What is damaged stays so: then it follows that book no more.
class indexer_state {
public:
  static inline const char* name = "daybook.indexer";

  indexer_state(indexer_actor::pointer self, std::shared_ptr<const environment> env);

  indexer_actor::behavior_type make_behavior();

private:
  /// Before a book is begun again: twice as long each time.
  static constexpr caf::timespan first_delay = std::chrono::seconds{1};
  static constexpr caf::timespan last_delay = std::chrono::minutes{1};

  /// A book being followed. There is a request for its tail on the way, always, or it is to be
  /// begun again some time later.
  struct following {
    feed_actor feed;
    log_scan scan;        ///< `last` is how far the book is known to be durable
    std::uint64_t number; ///< tells an answer for this one from those for an earlier one
    /// Empty until it is known where the index ends.
    std::optional<history_writer> writer = std::nullopt;
    /// While it catches up from the log: an idle book has no file open.
    std::optional<log::batch_reader> reader = std::nullopt;
    caf::timespan delay = first_delay;
  };

  caf::result<void> on_follow(const follow_job& job);
  caf::result<void> on_spill(const spill_job& job);
  void begin(following& book);
  void ask(following& book);
  void on_tail(book_id id, std::uint64_t number, const tail_answer& answer);
  void on_failed(following& book, const error& reason);
  void begin_later(following& book);
  following* find(book_id id, std::uint64_t number);

  void tidy_later(book_id id);
  void tidy(book_id id);

  result<event_seq> index_chunk(following& book, const tail_answer& answer);
  result<void> take_in(following& book, const tail_answer& answer);
  result<void> take_in_from_log(following& book, event_seq durable);

  indexer_actor::pointer self_;
  std::shared_ptr<const environment> env_;
  absl::flat_hash_map<book_id, std::unique_ptr<following>> books_;
  std::uint64_t last_number_ = 0;
  absl::flat_hash_set<book_id> to_tidy_; ///< it is on its way
};

} // namespace daybook::actors
