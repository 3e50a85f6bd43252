#pragma once

#include "actors/interfaces.hpp"
#include "actors/net/transport_options.hpp"
#include "actors/node_options.hpp"
#include "actors/ticket.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace daybook::actors {

class book_link; // book_link.hpp

} // namespace daybook::actors

namespace daybook {

class book_client;
class write_fence;                   // client_fence.hpp
class follower;                      // client_follow.hpp
class cursor_worker;                 // cursor_worker.hpp
struct cursor_options;               // cursor_worker.hpp
enum class next_step : std::uint8_t; // follower.hpp
template <class P>
class projection;          // projection.hpp
struct projection_options; // projection.hpp

/// Timeouts are above zero; what is longer than a year is a year.
struct client_options {
  /// How long a call waits for its answer. A write that is not answered in time is
  /// `outcome_unknown`, a read `io`.
  std::chrono::milliseconds timeout = std::chrono::seconds{30};
  /// The same for opening a book and for writing a snapshot, which may have a long log to read. In
  /// this process nothing but the answer ends these.
  std::chrono::milliseconds open_timeout = std::chrono::minutes{10};
  /// Writes of this client that may be without an answer at a time, counted in items; past it they
  /// are `overloaded`. At least 1.
  std::size_t queue_items_max = 65'536;
  /// How much of that `try_submit` uses, from 0 to 1, so that other writes still get through.
  double pressure_share = 0.75;
  /// How long a call goes on when its book fails: it finds the next incarnation and is sent again,
  /// with the same key, until it has an answer. Counted from when it was sent first. After it, a
  /// write that may be durable is `outcome_unknown`, and one that is not is `restarting`. Zero: a
  /// call is sent once.
  std::chrono::milliseconds retry_budget = std::chrono::seconds{10};
  /// `client::connect`: by what the client proves who it is, and whom it believes. Without files it
  /// speaks no TLS.
  actors::tls_files tls{};
};

/// What `client::open` and `client::connect` refuse. Errors: `invalid_argument`, with the `field`.
result<void> check(const client_options& x);

/// How full a client's own queue is.
struct client_pressure {
  std::size_t queued = 0;   ///< writes without an answer, counted in items
  std::size_t capacity = 0; ///< `queue_items_max`
  double share = 0;         ///< queued of capacity
};

/// Daybook for a program that is not an actor: the books of a directory or of a node, as blocking
/// calls or futures. Safe to use from many threads at once, but not from inside an actor, where a
/// blocking call would stall a scheduler thread: actors talk to `actors::book_actor` directly.
/// A client is a handle; copies share the connection, and the last one closes it.
class client {
public:
  /// Opens a data directory in this process, with an actor system of its own. The last copy stops
  /// the node: what was accepted becomes durable and the directory is unlocked.
  /// Errors: `locked`, `not_found`, `invalid_argument` (not a data directory; with `field`: these
  /// options), `io`.
  static result<client> open(actors::node_options options, client_options = {});

  /// Connects to a node. Of a cluster, any: the client finds the nodes that have its books, over
  /// their moves too, and a book whose node cannot be reached is `unavailable`.
  /// Errors: `io` when nobody answers there, or one does not take the other's certificate;
  /// `unavailable` from a node that is just starting; `invalid_argument` with `field`, or with the
  /// `path` of a file that is none for TLS.
  static result<client> connect(const std::string& host, std::uint16_t port, client_options = {});

  /// Uses a node that this process runs in its own actor system, which must outlive the client.
  /// Trips a check when `check` refuses the options.
  client(caf::actor_system& system, actors::supervisor_actor node, client_options = {});

  /// A book of this name. Errors: `not_found` with mode `existing`, `invalid_name`, `corrupt`,
  /// `io`.
  result<book_client> book(const std::string& name,
                           actors::open_mode mode = actors::open_mode::create) const;

  /// The books there are, sorted by name.
  result<std::vector<actors::book_info>> books() const;

  /// Closes one book; it opens again when it is asked for. Errors: `not_found`.
  result<void> stop_book(const std::string& name) const;

  /// Ends one book in good order and opens it again, with all its restarts before it: the way out
  /// of `failed`. Errors: `not_found`, and those of opening.
  result<void> restart_book(const std::string& name) const;

  /// At once, without asking anybody.
  client_pressure pressure() const;

  class core; ///< what copies share

private:
  explicit client(std::shared_ptr<core> shared) : core_(std::move(shared)) {}

  std::shared_ptr<core> core_;
};

/// One book, seen through a client. Writes are answered once they are durable [I1]. A write that
/// fails with `outcome_unknown` or `overloaded` may be sent again with the same key. When the book
/// fails meanwhile, calls are sent again (`client_options::retry_budget`), but for those behind a
/// fence, which does not outlive a restart, and closings and reopenings that may have been done,
/// which have no key but that of an atomic batch. A book that was stopped is opened again by the
/// next call.
class book_client {
public:
  using write_result = result<ledger::receipt>;

  // -- writing -----------------------------------------------------------------------------------

  write_result commit(ledger::transaction x) const;
  /// Anything that can be written, with conditions and links.
  write_result commit(ledger::write x) const;
  write_result register_asset(ledger::asset_definition x) const;
  write_result open_account(ledger::account_definition x) const;
  write_result close_account(ledger::account_closing x) const;
  write_result reopen_account(ledger::account_reopening x) const;
  /// Takes a transaction back. Errors: `already_reversed`, `not_found`, and those of a transaction.
  write_result reverse(ledger::reversal x) const;
  std::future<write_result> commit_async(ledger::transaction x) const;

  /// Several writes in one message, each by itself, answered in order. The outer error says that no
  /// answer came or that the whole message was refused.
  result<std::vector<write_result>> commit(std::vector<ledger::command> xs) const;
  std::future<result<std::vector<write_result>>>
  commit_async(std::vector<ledger::command> xs) const;
  result<std::vector<write_result>> commit_batch(std::vector<ledger::write> items) const;

  /// All or nothing; a refusal has the `item`. Sent again, it is recognised by the keys of its
  /// transactions and answered with the first receipts, those of closings and reopenings too,
  /// whatever happened to the accounts since. A batch without any transaction is decided again.
  result<std::vector<ledger::receipt>> commit_atomic(std::vector<ledger::write> items) const;

  /// What they would do, each by itself or all or nothing; writes nothing. Receipts have the seq
  /// and the balances that there would be, and no chain.
  result<std::vector<write_result>> rehearse(std::vector<ledger::write> items,
                                             bool atomic = false) const;

  // -- writing without waiting -------------------------------------------------------------------

  /// When the client's queue is full the ticket has its answer already: `overloaded`.
  ticket submit(ledger::transaction x) const;
  ticket submit(ledger::write x) const;
  batch_ticket submit_batch(std::vector<ledger::write> items) const;
  atomic_ticket submit_atomic(std::vector<ledger::write> items) const;

  /// Refuses already what would fill the queue past `client_options::pressure_share`; never when
  /// nothing is in flight. Errors: `overloaded`.
  result<ticket> try_submit(ledger::transaction x) const;
  result<ticket> try_submit(ledger::write x) const;
  result<batch_ticket> try_submit_batch(std::vector<ledger::write> items) const;
  result<atomic_ticket> try_submit_atomic(std::vector<ledger::write> items) const;

  /// Begins to write behind a fence, when everything before is durable.
  /// Errors: `fence_active`, `read_only`, `invalid_argument`.
  result<write_fence> begin_fence(actors::fence_options options = {}) const;

  // -- reading: durable state, own writes included [I7] ------------------------------------------

  /// Errors: `unknown_account`, also when it was not open yet at the moment.
  result<actors::account_view> balance(const std::string& path, actors::moment at = {}) const;
  /// Several accounts, in this order: as they were after one and the same event, the page's `at`.
  /// Errors: `unknown_account`; `limit_exceeded` past `page_items_max`.
  result<actors::accounts_page> balances(std::vector<std::string> paths) const;
  /// All accounts at `prefix` or below it (whole parts of the path; empty for all), by path: as
  /// they were after one and the same event, however many there are.
  result<std::vector<actors::account_view>> accounts(const std::string& prefix = {},
                                                     actors::moment at = {}) const;
  /// A page of those, in order of opening.
  result<actors::accounts_page> accounts_page(actors::accounts_query query) const;
  result<std::vector<ledger::asset_definition>> assets() const;
  result<std::vector<actors::trial_balance_view>> trial_balance(actors::moment at = {}) const;
  result<actors::events_page> events(actors::events_query query) const;
  result<actors::history_page> history(actors::history_query query) const;
  /// Any event by the id in its receipt, and a transaction by its key. Errors: `not_found`; for
  /// what no key can be, `invalid_name`.
  result<actors::recorded_event> transaction(transaction_id id) const;
  result<actors::recorded_event> transaction_by_key(const std::string& key) const;
  /// What caused an event, what caused that, and so on, at most `limit`. Errors: `not_found`;
  /// `limit_exceeded` past `actors::ancestors_max`.
  result<std::vector<actors::recorded_event>> ancestors(transaction_id id,
                                                        std::uint32_t limit = 100) const;
  result<actors::book_status> status() const;
  /// How full the book's queue is; the client's own: `client::pressure`.
  result<actors::book_pressure> pressure() const;
  result<actors::frontier> frontier() const;
  /// Waits until a watermark has come to an event. `who` has the watermark when it is `applied`.
  /// Errors: `timed_out`.
  result<actors::frontier> wait_for(actors::watermark mark, event_seq seq,
                                    std::chrono::milliseconds timeout,
                                    const std::string& who = {}) const;

  // -- following ---------------------------------------------------------------------------------

  /// Calls a function, on a thread of its own, with what becomes durable. Errors: those of a
  /// subscription.
  result<follower> subscribe(actors::subscription wanted,
                             std::function<void(const actors::delivery&)> callback) const;

  /// Works off the book under a name that remembers how far it has come. Errors: `busy`,
  /// `already_exists` (bound to another filter), `invalid_name`, `invalid_argument`.
  result<cursor_worker> run_cursor(actors::cursor_request cursor, cursor_options options,
                                   std::function<next_step(const actors::delivery&)> handler) const;
  /// Errors: `not_found`, `busy`.
  result<void> remove_cursor(const std::string& name) const;
  result<std::vector<actors::cursor_info>> cursors() const;

  /// Keeps a value up to date; `P` is described at `projectable`. Errors: those of a subscription;
  /// `invalid_name` for a `P::name` that checkpoints cannot have.
  template <class P>
  result<projection<P>> project(projection_options options, P initial = {}) const;

  // -- running -----------------------------------------------------------------------------------

  /// Writes a snapshot of what is durable now.
  result<actors::snapshot_info> snapshot() const;

  /// When the node was opened to be read: takes in what the writer has made durable since, for
  /// readers and followers alike. Elsewhere the book is always up to date. Errors: `corrupt`, `io`,
  /// and the book is to be opened again.
  result<actors::frontier> refresh() const;

  /// The actor behind the book now, for a program that also has actors. A restart replaces it: see
  /// `actors::spawn_stable_book`. Null while there is none.
  actors::book_actor handle() const;

private:
  friend class client;
  book_client(std::shared_ptr<client::core> shared, std::shared_ptr<actors::book_link> book)
      : core_(std::move(shared)), book_(std::move(book)) {}

  std::shared_ptr<client::core> core_;
  std::shared_ptr<actors::book_link> book_;
};

} // namespace daybook
