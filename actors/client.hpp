#pragma once

#include "actors/interfaces.hpp"
#include "actors/node_options.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace daybook {

class book_client;

struct client_options {
  /// How long a call waits for its answer. A write that is not answered in time is
  /// `outcome_unknown`, a read `io`.
  std::chrono::milliseconds timeout = std::chrono::seconds{30};
};

/// Daybook for a program that is not an actor: the books of a directory or of a node, as blocking
/// calls or futures. Safe to use from many threads at once, but not from inside an actor, where a
/// blocking call would stall a scheduler thread: actors talk to `actors::book_actor` directly.
/// A client is a handle; copies share the connection, and the last one closes it.
class client {
public:
  /// Opens a data directory in this process, with an actor system of its own. The last copy stops
  /// the node: what was accepted becomes durable and the directory is unlocked.
  /// Errors: `locked`, `not_found`, `invalid_argument` (not a data directory), `io`.
  static result<client> open(actors::node_options options, client_options = {});

  /// Connects to a node. Errors: `io` when nobody answers there.
  static result<client> connect(const std::string& host, std::uint16_t port, client_options = {});

  /// Uses a node that this process runs in its own actor system, which must outlive the client.
  client(caf::actor_system& system, actors::supervisor_actor node, client_options = {});

  /// A book of this name. Errors: `not_found` with mode `existing`, `invalid_name`, `corrupt`,
  /// `io`.
  result<book_client> book(const std::string& name,
                           actors::open_mode mode = actors::open_mode::create) const;

  /// The books there are, sorted by name.
  result<std::vector<actors::book_info>> books() const;

  /// Closes one book; it opens again when it is asked for. Errors: `not_found`.
  result<void> stop_book(const std::string& name) const;

  class core; ///< what copies share

private:
  explicit client(std::shared_ptr<core> shared) : core_(std::move(shared)) {}

  std::shared_ptr<core> core_;
};

/// One book, seen through a client. Writes are answered once they are durable [I1]. A write that
/// fails with `outcome_unknown` or `overloaded` may be sent again with the same key.
class book_client {
public:
  using write_result = result<ledger::receipt>;

  // -- writing -----------------------------------------------------------------------------------

  write_result commit(ledger::transaction x) const;
  write_result register_asset(ledger::asset_definition x) const;
  write_result open_account(ledger::account_definition x) const;
  std::future<write_result> commit_async(ledger::transaction x) const;

  /// Several writes in one message, each by itself, answered in order. The outer error says that no
  /// answer came or that the whole message was refused.
  result<std::vector<write_result>> commit(std::vector<ledger::command> xs) const;
  std::future<result<std::vector<write_result>>>
  commit_async(std::vector<ledger::command> xs) const;

  // -- reading: durable state, own writes included [I7] ------------------------------------------

  result<actors::account_view> balance(const std::string& path) const;
  /// All accounts at `prefix` or below it (whole parts of the path; empty for all), by path.
  result<std::vector<actors::account_view>> accounts(const std::string& prefix = {}) const;
  result<std::vector<ledger::asset_definition>> assets() const;
  result<std::vector<actors::trial_balance_view>> trial_balance() const;
  result<actors::events_page> events(actors::events_query query) const;
  result<actors::history_page> history(actors::history_query query) const;
  result<actors::book_status> status() const;

  /// The actor behind the book, for a program that also has actors.
  actors::book_actor handle() const { return book_; }

private:
  friend class client;
  book_client(std::shared_ptr<client::core> shared, actors::book_actor book)
      : core_(std::move(shared)), book_(std::move(book)) {}

  std::shared_ptr<client::core> core_;
  actors::book_actor book_;
};

} // namespace daybook
