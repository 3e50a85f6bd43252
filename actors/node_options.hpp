#pragma once

#include "actors/restart_policy.hpp"
#include "actors/steps.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "base/shard_map.hpp"
#include "index/side_index.hpp"
#include "log/book_log.hpp"
#include "log/data_directory.hpp"
#include "log/storage.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace daybook::actors {

class cluster_view; // cluster/membership.hpp
class node_metrics; // node_metrics.hpp
std::shared_ptr<node_metrics> unread_metrics();

/// How a node is one of several.
struct cluster_options {
  std::string node; ///< its name, which it keeps for ever
  /// Where the others reach it, when that is not where it listens.
  std::optional<address> advertise;
  /// The members that a cluster begins with; without meaning once the node has a shard map.
  std::vector<cluster_member> peers;
  /// Between two questions to each of the others.
  std::chrono::milliseconds gossip_interval = std::chrono::seconds{1};
};

/// How a node runs. Every default is a good one.
struct node_options {
  std::string data;   ///< the data directory
  bool create = true; ///< make the data directory if it is missing
  log::log_options log{};
  limits bounds{};
  batch_limits batch{};
  std::size_t disks = 4;    ///< threads that write; a book always uses the same one
  std::size_t openers = 1;  ///< threads that open books, so that others can be written meanwhile
  std::size_t readers = 1;  ///< threads that read logs and the index
  std::size_t finders = 1;  ///< readers for what writes wait for, which no long scan may hold up
  std::size_t indexers = 1; ///< threads that write the index
  std::size_t keepers = 1;  ///< threads that write snapshots
  std::size_t cursor_keepers = 1; ///< threads that write cursors, which wait for no snapshot
  /// Nothing is written, and no lock is taken: for looking at the books of another process.
  bool read_only = false;
  /// A snapshot is taken when so many events have become durable since the last one. Zero: never.
  std::uint64_t snapshot_events = 100'000;
  /// Whether books that have something new write a snapshot when the node is stopped, so that they
  /// open soon when it comes back.
  bool snapshot_at_end = false;
  /// Whether there is a side index. Without one all idempotency keys stay in memory, and questions
  /// about the past read the log.
  bool index = true;
  std::size_t index_cache_bytes = 64 * 1024 * 1024;
  std::size_t index_write_buffer_bytes = 64 * 1024 * 1024;
  /// Taken as keys come, of all books together: enough for 80 to 330 million spilled keys. A book
  /// for whose keys there is no room looks for each new key on the disk.
  std::size_t key_filter_bytes = 512 * 1024 * 1024;
  /// Idempotency keys of one book in memory; the older ones are in the index. The younger half
  /// becomes the older one with the batch that fills it, of up to 33,000 keys here: with 458,752
  /// its table would grow to twice its memory first.
  std::size_t hot_keys_max = 850'000;
  /// So many keys that go to the index together are worth a flush, so that opening need not find
  /// them in the log again.
  std::size_t flushed_keys_min = 100'000;
  /// Of the last batches of one book, kept in memory for those who follow it.
  std::size_t recent_bytes_max = 16 * 1024 * 1024;
  /// A book that nobody has asked anything for so long, and that nobody follows, is closed: its
  /// next call opens it. Zero: never.
  std::chrono::milliseconds idle_time = std::chrono::minutes{10};
  /// When more books than this are open, those that nobody uses are closed after a second.
  std::size_t open_books_max = 1'000;
  /// What happens to a book that fails; and to some books, by name, in place of that.
  restart_policy restarts{};
  std::map<std::string, restart_policy> book_restarts{};
  /// None: the node is by itself.
  std::optional<cluster_options> cluster{};
  /// Between two looks at what the metrics do not count as it happens (node_metrics.hpp). Zero:
  /// never.
  std::chrono::milliseconds metrics_interval{0};
};

/// What the actors of a node share: the options and the seams to the outside. Immutable; the seams
/// may be called from any thread and outlive the actor system.
struct environment {
  node_options options;
  std::shared_ptr<log::data_directory> directory;
  log::storage* storage = nullptr;
  const clock* time = nullptr;
  random_source* random = nullptr;
  std::shared_ptr<index::side_index> index; ///< null: there is none
  std::shared_ptr<cluster_view> cluster;    ///< null: the node is by itself
  std::shared_ptr<node_metrics> metrics = unread_metrics();
  step_callback on_step; ///< empty but in tests
  /// Runs work and returns when it is done (background.hpp). Empty: on the thread that asks.
  std::function<void(const std::function<void()>&)> background;

  void reached(step x) const {
    if (on_step)
      on_step(x);
  }

  /// What keeps a processor busy for long, and must not hold up books that answer. On any thread
  /// that may block, until it is done. `work` returns a value; what it throws is thrown.
  template <class Work>
  auto in_background(Work work) const -> decltype(work()) {
    if (!background)
      return work();
    std::optional<decltype(work())> found;
    background([&] { found.emplace(work()); });
    return std::move(*found);
  }
};

} // namespace daybook::actors
