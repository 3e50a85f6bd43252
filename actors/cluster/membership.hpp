#pragma once

#include "actors/cluster/cluster_messages.hpp"
#include "base/result.hpp"
#include "base/shard_map.hpp"

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace daybook::actors {

/// Who is to be asked for a book that this node does not have.
struct placing {
  enum class verdict : std::uint8_t {
    here,      ///< it belongs here, and no other node has it: it may be created
    elsewhere, ///< `owner` has it, or would
    undecided, ///< it belongs here, and a node that has not reported yet may have it
    nowhere    ///< all nodes are leaving
  };

  verdict what = verdict::nowhere;
  cluster_member owner{};
};

/// What a node knows of its cluster at one moment. Immutable.
class cluster_picture {
public:
  /// A node that `is_joining` another cluster creates nothing: what it lists is what it brings.
  explicit cluster_picture(const cluster_record& x, bool is_joining = false);

  placing place(const std::string& book) const;

  const shard_map& map() const { return map_; }
  const std::string& self() const { return self_; }
  bool is_member() const { return map_.find(self_) != nullptr; }
  /// Members that have not said that they have this map.
  const std::vector<std::string>& unheard() const { return unheard_; }

private:
  std::string self_;
  shard_map map_;
  std::vector<std::string> unheard_;
  absl::flat_hash_map<std::string, std::string> strays_; ///< books of others, and where they are
};

/// The picture of now. Any thread.
class cluster_view {
public:
  std::shared_ptr<const cluster_picture> now() const {
    std::lock_guard guard{mutex_};
    return now_;
  }

  void show(std::shared_ptr<const cluster_picture> x) {
    std::lock_guard guard{mutex_};
    now_ = std::move(x);
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const cluster_picture> now_; ///< null before the node knows its cluster
};

/// THE MEMBERSHIP of one node: its map and the reports of all nodes, and how both change. Pure: who
/// holds it stores `record()` before anybody is told of a change.
class membership {
public:
  /// From what was kept. Errors: `corrupt`.
  static result<membership> restore(cluster_record kept, std::string_view node);

  /// A node that begins, with what its configuration says of the others.
  static result<membership> begin(const std::string& node, std::vector<cluster_member> members);

  const cluster_record& record() const { return record_; }
  const shard_map& map() const { return record_.map; }
  const std::string& self() const { return record_.node; }

  cluster_digest digest() const;

  /// What the node that sent this does not have. Errors: `invalid_argument`: it is of another
  /// cluster.
  result<cluster_news> news_for(const cluster_digest& other) const;
  /// Whether that node has something that this one does not.
  bool is_behind(const cluster_digest& other) const;

  /// Takes over what is newer. True when something was. Errors: those of `check`, and
  /// `invalid_argument` for a map of another cluster; nothing has changed then.
  result<bool> take(cluster_news news);

  /// A map that this node made of its own. Trips a check when it is not newer.
  void change(shard_map next);

  /// Into a cluster, which has made this node a member. Errors: `already_exists`: it is in another
  /// one with others; `invalid_argument`: the map does not name it; those of `check`.
  result<void> join(shard_map map);

  /// Whether the others can know what this node has under this map.
  bool has_reported() const;
  bool has_strays() const;
  /// What this node says of itself: the books that it has. True when it is new.
  bool report(const std::vector<std::string>& books);

private:
  explicit membership(cluster_record x) : record_(std::move(x)) {}

  const node_report* report_of(const std::string& node) const;
  void keep(node_report x);
  void drop_reports_of_strangers();

  cluster_record record_;
  std::uint64_t number_floor_ = 0; ///< of reports that others have of this node
};

} // namespace daybook::actors
