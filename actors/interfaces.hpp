#pragma once

#include "actors/messages.hpp"
#include "ledger/types.hpp"

#include <caf/result.hpp>
#include <caf/typed_actor.hpp>

#include <string>
#include <vector>

// Every conversation of the system. An alias is an actor's public face; a sentence above each
// message says what it does. Errors travel as `caf::error` of the category `daybook::ec` and carry
// a `daybook::error` (errors.hpp).

namespace daybook::actors {

namespace atom {

struct commit;
struct balance;
struct accounts;
struct assets;
struct trial_balance;
struct events;
struct history;
struct status;
struct open;
struct books;
struct stop;
struct flush;
struct append;
struct close;

} // namespace atom

struct append_job;
struct appended;
struct open_job;
struct opened_book;
struct close_job;
struct events_job;
struct history_job;
struct client_call;

/// THE BOOK: the one writer of a ledger. Answers a write once it is durable [I1]; what a refusal
/// rests on is durable too when it is answered. Reads see durable state only [I7].
using book_actor = caf::typed_actor<
    // Posts a transaction.
    auto(atom::commit, ledger::transaction)->caf::result<ledger::receipt>,
    // Registers an asset.
    auto(atom::commit, ledger::asset_definition)->caf::result<ledger::receipt>,
    // Opens an account.
    auto(atom::commit, ledger::account_definition)->caf::result<ledger::receipt>,
    // Writes several things, each by itself, in this order; the outcomes are in the same order.
    auto(atom::commit, std::vector<ledger::command>)->caf::result<std::vector<outcome>>,
    // One account with its balance. Errors: unknown_account.
    auto(atom::balance, std::string)->caf::result<account_view>,
    // Accounts with their balances, a page at a time.
    auto(atom::accounts, accounts_query)->caf::result<accounts_page>,
    // All assets, in order of registration.
    auto(atom::assets)->caf::result<std::vector<ledger::asset_definition>>,
    // Sums per asset.
    auto(atom::trial_balance)->caf::result<std::vector<trial_balance_view>>,
    // Durable events from a seq on, a page at a time.
    auto(atom::events, events_query)->caf::result<events_page>,
    // The postings of an account, each with the balance it left. Errors: unknown_account.
    auto(atom::history, history_query)->caf::result<history_page>,
    // Positions and counters.
    auto(atom::status)->caf::result<book_status>,
    // Makes durable what was accepted, answers it, closes the log and ends.
    auto(atom::stop)->caf::result<void>>;

/// THE SUPERVISOR: owns the books of a node. It is what a node publishes.
using supervisor_actor = caf::typed_actor<
    // The actor of a book, opened if need be. Errors: not_found (mode `existing`), invalid_name,
    // corrupt, io.
    auto(atom::open, std::string, open_mode)->caf::result<book_actor>,
    // The books of the node, sorted by name.
    auto(atom::books)->caf::result<std::vector<book_info>>,
    // Stops one book; it can be opened again. Errors: not_found.
    auto(atom::stop, std::string)->caf::result<void>,
    // Stops every book, then the disks and readers, then itself.
    auto(atom::stop)->caf::result<void>>;

/// A DISK: the only place that blocks on writing. Serves many books, each always on the same disk.
/// Jobs carry pointers: this interface stays within the process.
using disk_actor = caf::typed_actor<
    // Recovers a book from its log. Errors: corrupt, io.
    auto(atom::open, open_job)->caf::result<opened_book>,
    // Writes and syncs one batch. Errors: io; the log takes no more after one [I2].
    auto(atom::append, append_job)->caf::result<appended>,
    // Closes a log in good order. Errors: io.
    auto(atom::close, close_job)->caf::result<void>>;

/// A READER: scans logs for answers that memory does not hold, off the write path. Within the
/// process, like a disk.
using reader_actor = caf::typed_actor<auto(atom::events, events_job)->caf::result<events_page>,
                                      auto(atom::history, history_job)->caf::result<history_page>>;

/// THE GATEWAY: runs the calls of a client facade as an actor. Within the process.
using gateway_actor = caf::typed_actor<auto(client_call)->caf::result<void>>;

} // namespace daybook::actors

#include "actors/type_ids.hpp"
