#pragma once

#include "actors/client.hpp"
#include "actors/cluster/cluster_messages.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace daybook {

/// Looks at a cluster and changes it, through any of its nodes, as blocking calls. Not from inside
/// an actor.
///
/// A change is durable at that node when the call returns, and the others hear of it within
/// seconds; books that belong elsewhere then are brought there, one after the other, and are found
/// wherever they are. Errors of all: `io` when the
/// node does not answer; `not_found` when it is in no cluster.
class cluster_admin {
public:
  /// Errors: `io` when nobody answers there; `invalid_argument` for files that are none for TLS.
  static result<cluster_admin> connect(const address& node, const actors::tls_files& tls = {},
                                       std::chrono::milliseconds timeout = std::chrono::seconds{
                                           10});

  /// What the node knows of the others.
  result<actors::cluster_status> status() const;
  result<shard_map> map() const;

  /// The node at an address becomes a member under the name that it has. Errors: `unavailable`;
  /// `already_exists`: it is in a cluster, has books, or a name that is taken.
  result<shard_map> add_node(const address& at) const;
  /// It gives its books to the others, and leaves. Forced: at once, and its books are given up.
  /// Errors: `not_found`; `invalid_argument` for the last one.
  result<shard_map> remove_node(const std::string& node, bool forced = false) const;

  /// From now on the book belongs to the node. Errors: `not_found`, `invalid_name`,
  /// `invalid_argument` (the node is leaving), `limit_exceeded`.
  result<shard_map> pin(const std::string& book, const std::string& node) const;
  /// Errors: `not_found`: it is not pinned.
  result<shard_map> unpin(const std::string& book) const;

  /// Pins the book to the node and brings it there; blocks until it is there, however long that
  /// takes. It is written meanwhile, but for a moment. Errors: as `pin`; `not_found`: no such book;
  /// `busy`, `unavailable`, `io`: it is where it was, and is brought there as soon as it can be.
  result<shard_map> move_book(const std::string& book, const std::string& node) const;

private:
  struct connection;

  explicit cluster_admin(std::shared_ptr<connection> x) : connection_(std::move(x)) {}

  template <class Answer, class... Words>
  result<Answer> ask(Words... words) const;

  std::shared_ptr<connection> connection_;
};

/// Whether the node at an address is ready: it answers in time, opens books (it is not ending), and
/// knows its cluster if it is in one. Blocks. Errors: `unavailable`, with the `address`.
result<void> check_ready(const address& node, std::chrono::milliseconds timeout,
                         const actors::tls_files& tls = {});

} // namespace daybook
