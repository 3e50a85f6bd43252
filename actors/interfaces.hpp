#pragma once

#include "actors/cluster/cluster_messages.hpp"
#include "actors/cluster/handover_messages.hpp"
#include "actors/follow_messages.hpp"
#include "actors/messages.hpp"
#include "actors/node_statistics.hpp"
#include "ledger/types.hpp"

#include <caf/result.hpp>
#include <caf/timespan.hpp>
#include <caf/typed_actor.hpp>

#include <cstdint>
#include <string>
#include <vector>

// Every conversation of the system. An alias is an actor's public face; a sentence above each
// message says what it does. Errors travel as `caf::error` of the category `daybook::ec` and carry
// a `daybook::error` (errors.hpp).

namespace daybook::actors {

namespace atom {

struct commit;
struct rehearse;
struct begin_fence;
struct submit;
struct commit_fence;
struct cancel_fence;
struct balance;
struct accounts;
struct assets;
struct trial_balance;
struct events;
struct history;
struct transaction;
struct ancestors;
struct status;
struct pressure;
struct subscribe;
struct credit;
struct cancel;
struct deliver;
struct ended;
struct open_cursor;
struct store_cursor;
struct close_cursor;
struct remove_cursor;
struct cursors;
struct load_checkpoint;
struct store_checkpoint;
struct frontier;
struct wait_for;
struct report_applied;
struct snapshot;
struct open;
struct books;
struct stop;
struct flush;
struct append;
struct close;
struct facts;
struct receipts;
struct tail;
struct indexed;
struct follow;
struct spill;
struct refresh;
struct await;
struct attach;
struct restart;
struct resume;
struct probe;
struct cluster;
struct gossip;
struct join;
struct map;
struct add_node;
struct remove_node;
struct pin;
struct unpin;
struct holdings;
struct rest;
struct dial;
struct move;
struct carry;
struct intake;
struct announce;
struct chunk;
struct warm;
struct take;
struct settle;
struct forget;
struct release;
struct keep;
struct adopt;
struct metrics;

} // namespace atom

struct append_job;
struct appended;
struct open_job;
struct opened_book;
struct close_job;
struct refresh_job;
struct probe_job;
struct attachment;
struct events_job;
struct history_job;
struct facts_job;
struct facts_answer;
struct receipts_job;
struct balance_job;
struct accounts_job;
struct trial_balance_job;
struct ancestors_job;
struct tail_answer;
struct follow_job;
struct spill_job;
struct checkpoint_job;
struct snapshot_job;
struct cursor_job;
struct client_call;
struct listening_job;
struct carry_job;

/// A SUBSCRIBER: whoever follows a book. It may live on any node.
using subscriber_actor = caf::typed_actor<
    // Events, in order; the units among them whole.
    auto(atom::deliver, delivery)->caf::result<void>,
    // The subscription is over, and why: the book was stopped or has `failed` for good, or reading
    // it failed. A restart of the book does not end it.
    auto(atom::ended, error)->caf::result<void>>;

/// A SUBSCRIPTION: carries a book's events to one subscriber. It ends with the subscriber.
using subscription_actor = caf::typed_actor<
    // The subscriber can take this many more events.
    auto(atom::credit, std::uint32_t)->caf::result<void>,
    // Nothing is delivered after the answer.
    auto(atom::cancel)->caf::result<void>>;

/// THE BOOK: the one writer of a ledger. Answers a write once it is durable [I1]; what a refusal
/// rests on is durable too when it is answered. Reads see durable state only [I7].
using book_actor = caf::typed_actor<
    // -- writing: errors of the rules; overloaded, fence_active, read_only: nothing was accepted --
    // Posts a transaction.
    auto(atom::commit, ledger::transaction)->caf::result<ledger::receipt>,
    // Registers an asset.
    auto(atom::commit, ledger::asset_definition)->caf::result<ledger::receipt>,
    // Opens an account.
    auto(atom::commit, ledger::account_definition)->caf::result<ledger::receipt>,
    // Writes several things, each by itself, in this order; the outcomes are in the same order.
    auto(atom::commit, std::vector<ledger::command>)->caf::result<std::vector<outcome>>,
    // Writes anything, with conditions and links.
    auto(atom::commit, ledger::write)->caf::result<ledger::receipt>,
    // Several of those, each by itself or all or nothing. A refused atomic batch is one error, with
    // the `item`.
    auto(atom::commit, write_batch)->caf::result<std::vector<outcome>>,
    // What a batch would do; writes nothing.
    auto(atom::rehearse, write_batch)->caf::result<std::vector<outcome>>,
    // Begins a fence for the sender. Errors: fence_active.
    auto(atom::begin_fence, fence_options)->caf::result<fence_id>,
    // Writes behind a fence: receipts without seq, time and chain. Errors: not_found, busy.
    auto(atom::submit, fence_id, write_batch)->caf::result<std::vector<outcome>>,
    // Makes durable and visible, at once, what was accepted behind the fence; receipts in order.
    auto(atom::commit_fence, fence_id)->caf::result<std::vector<ledger::receipt>>,
    // Forgets all of it.
    auto(atom::cancel_fence, fence_id)->caf::result<void>,
    // -- reading ----------------------------------------------------------------------------------
    // One account with its balance. Errors: unknown_account.
    auto(atom::balance, std::string)->caf::result<account_view>,
    // The same at a moment. Errors: unknown_account, also when it was not open yet.
    auto(atom::balance, std::string, moment)->caf::result<account_view>,
    // Several accounts, in the order in which they are asked for, all after the same event. Errors:
    // unknown_account, limit_exceeded (past `page_items_max`).
    auto(atom::balance, std::vector<std::string>)->caf::result<accounts_page>,
    // Accounts with their balances, a page at a time. Errors: invalid_argument, see moment.
    auto(atom::accounts, accounts_query)->caf::result<accounts_page>,
    // All assets, in order of registration.
    auto(atom::assets)->caf::result<std::vector<ledger::asset_definition>>,
    // Sums per asset.
    auto(atom::trial_balance)->caf::result<std::vector<trial_balance_view>>,
    // The same at a moment.
    auto(atom::trial_balance, moment)->caf::result<std::vector<trial_balance_view>>,
    // Durable events from a seq on, a page at a time. Errors: invalid_argument, see events_query.
    auto(atom::events, events_query)->caf::result<events_page>,
    // The postings of an account, each with the balance it left. Errors: unknown_account,
    // invalid_argument, see history_query.
    auto(atom::history, history_query)->caf::result<history_page>,
    // An event by its id, which every receipt carries. Errors: not_found.
    auto(atom::transaction, transaction_id)->caf::result<recorded_event>,
    // A transaction by its idempotency key. Errors: not_found, invalid_name.
    auto(atom::transaction, std::string)->caf::result<recorded_event>,
    // The event that caused an event, the one that caused that, and so on, at most so many. Errors:
    // not_found, limit_exceeded (past `ancestors_max`).
    auto(atom::ancestors, transaction_id, std::uint32_t)->caf::result<std::vector<recorded_event>>,
    // Positions and counters.
    auto(atom::status)->caf::result<book_status>,
    // How full the book's queue is.
    auto(atom::pressure)->caf::result<book_pressure>,
    // -- following --------------------------------------------------------------------------------
    // Delivers events to the subscriber. Errors: invalid_argument, overloaded.
    auto(atom::subscribe, subscriber_actor, subscription)->caf::result<subscription_actor>,
    // The position of a durable cursor, made if there is none; the sender holds it until it closes
    // it or ends. Errors: busy, already_exists (bound to another filter), invalid_name,
    // invalid_argument.
    auto(atom::open_cursor, cursor_request)->caf::result<cursor_info>,
    // Everything up to the seq has been dealt with; durable when answered. For the holder. Errors:
    // busy (not the holder), invalid_argument: it is yet to come, or within a unit (`moment`).
    auto(atom::store_cursor, std::string, event_seq)->caf::result<void>,
    auto(atom::close_cursor, std::string)->caf::result<void>,
    // Errors: not_found, busy.
    auto(atom::remove_cursor, std::string)->caf::result<void>,
    auto(atom::cursors)->caf::result<std::vector<cursor_info>>,
    // What a projection stored last, if it still fits the log. Errors: not_found.
    auto(atom::load_checkpoint, std::string)->caf::result<checkpoint>,
    auto(atom::store_checkpoint, checkpoint)->caf::result<void>,
    // How far the book is.
    auto(atom::frontier)->caf::result<frontier>,
    // Answers when a watermark has come to a seq. Errors: timed_out.
    auto(atom::wait_for, watermark, std::string, event_seq, caf::timespan)->caf::result<frontier>,
    // The sender, under this name, has applied everything up to a seq.
    auto(atom::report_applied, std::string, event_seq)->caf::result<void>,
    // -- running ----------------------------------------------------------------------------------
    // Writes a snapshot of what is durable now.
    auto(atom::snapshot)->caf::result<snapshot_info>,
    // Of a book that is only read: takes in what another process has made durable since. Errors:
    // corrupt, io, and the book ends.
    auto(atom::refresh)->caf::result<frontier>,
    // Makes durable what was accepted, answers it, closes the log and ends.
    auto(atom::stop)->caf::result<void>>;

/// Whoever wants to know what happens to the books of a node. It may live on any node.
using supervision_listener = caf::typed_actor<
    // In order. Answer when there is room for more: what a slow one misses is counted.
    auto(atom::deliver, supervision_event)->caf::result<void>>;

/// THE INTAKE: takes over books that other nodes bring (docs/decisions/0024). All but the last of
/// its messages come from the carrier of another node, one after the other.
using intake_actor = caf::typed_actor<
    // A book is about to come. Errors: busy (it does not belong here, by this node's map; or
    // another try is not settled), overloaded, already_exists, io.
    auto(atom::announce, handover)->caf::result<void>,
    // A piece of one of its files. Errors: not_found (it is not announced), corrupt, io,
    // invalid_argument.
    auto(atom::chunk, handover, file_chunk)->caf::result<void>,
    // What has come is opened and kept open, while its owner goes on writing: how far it reads.
    auto(atom::warm, handover)->caf::result<copied_end>,
    // All of it has come, these are its files, and nobody writes it any more: it is taken over, or
    // there is an error. After an `io` nobody knows: ask `settle`.
    auto(atom::take, handover, std::vector<copied_file>)->caf::result<cluster_news>,
    // Whether it was taken over; if not, it never will be.
    auto(atom::settle, handover)->caf::result<settlement>,
    // The owner of before has let go of it, and will not ask again.
    auto(atom::forget, handover)->caf::result<void>,
    // -- within the process ----------------------------------------------------------------------
    auto(listening_job)->caf::result<void>>;

/// THE CARRIER: brings books to the nodes where they belong, one at a time, and finds out what
/// became of those of a former life. Within the process.
using carrier_actor = caf::typed_actor<
    // Errors: not_found, busy, unavailable, overloaded, io: the book is here and goes on.
    // `outcome_unknown`: it may be there, and is with nobody until the other node has said.
    auto(atom::carry, carry_job)->caf::result<void>,
    // Asks nodes about books that may be there. How many are left.
    auto(atom::settle, carry_job)->caf::result<std::uint64_t>>;

/// THE CLUSTER DESK: keeps a node's shard map, and exchanges it with the other nodes.
using cluster_actor = caf::typed_actor<
    // -- between nodes: what the one that answers has and the other has not ----------------------
    // Errors: invalid_argument (of another cluster).
    auto(atom::gossip, cluster_digest)->caf::result<cluster_news>,
    // Into the cluster of this map, durable when answered. Errors: already_exists (the node is in a
    // cluster, or has books), invalid_argument, io.
    auto(atom::join, shard_map)->caf::result<void>,
    // -- for whoever asks ------------------------------------------------------------------------
    auto(atom::map)->caf::result<shard_map>, auto(atom::status)->caf::result<cluster_status>,
    // Changes of the map, durable here when answered; the others hear of them soon. Errors: those
    // of placement.hpp, io.
    // The node at an address becomes a member. Errors also: unavailable, already_exists.
    auto(atom::add_node, address)->caf::result<shard_map>,
    // A node gives its books to the others and leaves; at once, without its books, when forced.
    auto(atom::remove_node, std::string, bool)->caf::result<shard_map>,
    // A book belongs to a node, whatever its weight.
    auto(atom::pin, std::string, std::string)->caf::result<shard_map>,
    auto(atom::unpin, std::string)->caf::result<shard_map>,
    // Pins a book to a node, and answers when the node has it. Errors also: not_found (no such
    // book), busy, unavailable, io: it stays where it is, and is tried again in the background.
    auto(atom::move, std::string, std::string)->caf::result<shard_map>,
    // -- between nodes ---------------------------------------------------------------------------
    // The same, from a node that does not have the book, and that has made this map.
    auto(atom::carry, std::string, shard_map)->caf::result<void>,
    // Who takes books over here.
    auto(atom::intake)->caf::result<intake_actor>,
    // -- within the process ----------------------------------------------------------------------
    // Others reach the node there. Errors: as beginning a map, io.
    auto(listening_job)->caf::result<void>,
    // What other nodes know, from another way than a question.
    auto(atom::gossip, cluster_news)->caf::result<void>,
    // Says anew which books the node has; what it says then.
    auto(atom::holdings)->caf::result<cluster_news>>;

/// THE SUPERVISOR: owns the books of a node. It is what a node publishes.
using supervisor_actor = caf::typed_actor<
    // The actor of a book, opened if need be. Errors: not_found (mode `existing`), invalid_name,
    // corrupt, io; restarting (`retry_after_us`: the next try is not due yet); failed and no_space
    // when it cannot even be read; moved and unavailable in a cluster.
    auto(atom::open, std::string, open_mode)->caf::result<book_actor>,
    // The same for those who follow a book: waits while it is being restarted, and opens nothing.
    // Errors: not_found (it was stopped), failed, overloaded.
    auto(atom::await, std::string)->caf::result<book_actor>,
    // Ends a book in good order and opens it with all its restarts before it: the way out of
    // `failed`. Errors: not_found, and those of opening.
    auto(atom::restart, std::string)->caf::result<book_actor>,
    // The books of the node, sorted by name.
    auto(atom::books)->caf::result<std::vector<book_info>>,
    // From now on the listener is told what happens to books. Errors: overloaded.
    auto(atom::subscribe, supervision_listener)->caf::result<void>,
    // Stops one book; it can be opened again. Errors: not_found.
    auto(atom::stop, std::string)->caf::result<void>,
    // Stops every book, then the disks and readers, then itself.
    auto(atom::stop)->caf::result<void>,
    // That it opens books. Errors: overloaded, when it is stopping.
    auto(atom::status)->caf::result<bool>,
    // The node's cluster desk. Errors: not_found, when it is in no cluster.
    auto(atom::cluster)->caf::result<cluster_actor>,
    // The books that the node has, or is about to create, sorted by name.
    auto(atom::holdings)->caf::result<std::vector<std::string>>,
    // What the node has done, and how it stands.
    auto(atom::metrics)->caf::result<node_statistics>>;

/// THE SUPERVISOR, for those who move its books. Within the process.
using supervisor_impl = supervisor_actor::extend<
    // Closes a book that is to be handed over, and opens it for nobody until one of the next two
    // comes; who asks for it waits. Its files are not touched after the answer. Or says only
    // whether it would (true). Errors: not_found, busy.
    auto(atom::release, std::string, bool)->caf::result<void>,
    // It stays.
    auto(atom::keep, std::string)->caf::result<void>,
    // It is with another node.
    auto(atom::forget, std::string)->caf::result<void>,
    // A book is about to be taken over from another node (true): it is listed among the holdings
    // from now on, and opened for nobody. Or it did not come (false). Errors: already_exists.
    auto(atom::announce, std::string, bool)->caf::result<void>,
    // It is here now. Opened, or to be opened when somebody asks for it.
    auto(atom::adopt, std::string, opened_book)->caf::result<void>>;

/// A DIALER: finds the nodes at addresses. It blocks, for a bounded time.
using dialer_actor = caf::typed_actor<
    // Errors: unavailable.
    auto(atom::dial, address)->caf::result<supervisor_actor>>;

/// A DISK: the only place that blocks on writing. Serves many books, each always on the same disk;
/// some are openers, which open books and append to none. Jobs carry pointers: this interface stays
/// within the process.
using disk_actor = caf::typed_actor<
    // Recovers a book from its log. Errors: corrupt, io.
    auto(atom::open, open_job)->caf::result<opened_book>,
    // Writes and syncs one batch. Errors: io; the log takes no more after one [I2].
    auto(atom::append, append_job)->caf::result<appended>,
    // Closes a log in good order. Errors: io.
    auto(atom::close, close_job)->caf::result<void>,
    // Reads on in the log of a book that does nothing else meanwhile. Errors: corrupt, io.
    auto(atom::refresh, refresh_job)->caf::result<void>,
    // Finds out whether there is room to write again. Errors: io.
    auto(atom::probe, probe_job)->caf::result<void>>;

/// A READER: finds in logs and indexes what memory does not hold, off the write path. Within the
/// process, like a disk. Errors of all: corrupt, io.
using reader_actor = caf::typed_actor<
    // A page of events.
    auto(atom::events, events_job)->caf::result<events_page>,
    // A page of an account's postings.
    auto(atom::history, history_job)->caf::result<history_page>,
    // What a book must know before it can judge a write.
    auto(atom::facts, facts_job)->caf::result<facts_answer>,
    // The first receipts of events.
    auto(atom::receipts, receipts_job)->caf::result<std::vector<ledger::receipt>>,
    auto(atom::balance, balance_job)->caf::result<account_view>,
    // Accounts of a page as they were.
    auto(atom::accounts, accounts_job)->caf::result<accounts_page>,
    auto(atom::trial_balance, trial_balance_job)->caf::result<std::vector<trial_balance_view>>,
    auto(atom::ancestors, ancestors_job)->caf::result<std::vector<recorded_event>>>;

/// AN INDEXER: writes the side index, behind the durable frontier. Within the process.
using indexer_actor = caf::typed_actor<
    // Indexes the history of a book from where the index ends, until the book ends. Tells the book,
    // not the sender, what fails.
    auto(atom::follow, follow_job)->caf::result<void>,
    // Moves keys from memory to the index. Errors: io.
    auto(atom::spill, spill_job)->caf::result<void>,
    auto(atom::load_checkpoint, checkpoint_job)->caf::result<checkpoint>,
    auto(atom::store_checkpoint, checkpoint_job)->caf::result<void>>;

/// A KEEPER: writes the small files beside a log: snapshots, or cursors, which do not wait for
/// those. Within the process.
using keeper_actor =
    caf::typed_actor<auto(atom::snapshot, snapshot_job)->caf::result<snapshot_info>,
                     auto(atom::open_cursor, cursor_job)->caf::result<cursor_info>,
                     auto(atom::store_cursor, cursor_job)->caf::result<void>,
                     auto(atom::remove_cursor, cursor_job)->caf::result<void>,
                     auto(atom::cursors, cursor_job)->caf::result<std::vector<cursor_info>>>;

/// THE GATEWAY: runs the calls of a client facade as an actor. Within the process.
using gateway_actor = caf::typed_actor<auto(client_call)->caf::result<void>>;

} // namespace daybook::actors

#include "actors/type_ids.hpp"
