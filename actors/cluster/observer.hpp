#pragma once

#include "actors/cluster/cluster_messages.hpp"
#include "actors/messages.hpp"
#include "actors/net/transport_options.hpp"
#include "actors/node_statistics.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace daybook {

/// What an open book says of itself, at about one time.
struct book_details {
  actors::book_status status;
  actors::book_pressure pressure;
};

struct book_overview {
  actors::book_info info;
  std::optional<book_details> details; ///< of one that is open and answers
  std::string problem;                 ///< why there are none of an open one
};

/// Events that the index does not have yet; none when the node has no index.
std::uint64_t index_lag(const book_details& x);
/// Events that whoever follows the book and is furthest behind was not told of, or has not applied.
std::uint64_t followers_lag(const book_details& x);

struct node_overview {
  cluster_member member; ///< without a name: a node by itself
  bool is_up = false;
  bool is_ready = false;    ///< it opens books: it is not ending
  bool has_map = true;      ///< the shard map of the one that was asked
  std::uint64_t strays = 0; ///< books that it has and that belong elsewhere
  std::string problem;      ///< why it does not answer
  std::vector<book_overview> books;
  actors::node_statistics statistics;
};

/// All nodes of a cluster, sorted by name, or the one node that is in none.
struct overview {
  std::uint64_t map_version = 0; ///< zero: no cluster
  std::vector<node_overview> nodes;
};

/// Looks at a cluster, or at a node by itself, again and again, as blocking calls. Not from inside
/// an actor. It opens no
/// book, and keeps none open. A node that does not answer is shown as such.
class observer {
public:
  /// Any node of the cluster. Errors: `io` when nobody answers there; `invalid_argument` for files
  /// that are none for TLS.
  static result<observer> connect(const address& node, const actors::tls_files& tls = {},
                                  std::chrono::milliseconds timeout = std::chrono::seconds{5});

  /// Errors: `io` when no node answers any more.
  result<overview> look();

private:
  struct connections;

  explicit observer(std::shared_ptr<connections> x) : connections_(std::move(x)) {}

  std::shared_ptr<connections> connections_;
};

} // namespace daybook
