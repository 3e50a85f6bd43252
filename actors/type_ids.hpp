#pragma once

#include "actors/follow_inspect.hpp"
#include "actors/inspect.hpp"
#include "actors/interfaces.hpp"
#include "actors/messages.hpp"
#include "base/error.hpp"

#include <caf/all.hpp>

// The one block of type ids. The ids are part of what nodes say to each other: append only, and a
// test pins them. A program that embeds Daybook has 200 to 999 for its own types.

namespace caf {

inline constexpr type_id_t first_daybook_type_id = 1'000;

} // namespace caf

CAF_BEGIN_TYPE_ID_BLOCK(daybook, caf::first_daybook_type_id)

// -- errors and the ledger's words ---------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::ec))
CAF_ADD_TYPE_ID(daybook, (daybook::error))
CAF_ADD_TYPE_ID(daybook, (daybook::transaction_id))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::asset_definition))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::account_definition))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::transaction))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::receipt))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::ledger::command>))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::ledger::asset_definition>))

// -- requests and answers ------------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::actors::outcome>))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::open_mode))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::account_view))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::accounts_query))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::accounts_page))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::actors::trial_balance_view>))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::events_query))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::events_page))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::history_query))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::history_page))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::book_status))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::actors::book_info>))

// -- atoms: writing, reading, running ------------------------------------------------------------
CAF_ADD_ATOM(daybook, daybook::actors::atom, commit)
CAF_ADD_ATOM(daybook, daybook::actors::atom, balance)
CAF_ADD_ATOM(daybook, daybook::actors::atom, accounts)
CAF_ADD_ATOM(daybook, daybook::actors::atom, assets)
CAF_ADD_ATOM(daybook, daybook::actors::atom, trial_balance)
CAF_ADD_ATOM(daybook, daybook::actors::atom, events)
CAF_ADD_ATOM(daybook, daybook::actors::atom, history)
CAF_ADD_ATOM(daybook, daybook::actors::atom, status)
CAF_ADD_ATOM(daybook, daybook::actors::atom, open)
CAF_ADD_ATOM(daybook, daybook::actors::atom, books)
CAF_ADD_ATOM(daybook, daybook::actors::atom, stop)
CAF_ADD_ATOM(daybook, daybook::actors::atom, flush)
CAF_ADD_ATOM(daybook, daybook::actors::atom, append)
CAF_ADD_ATOM(daybook, daybook::actors::atom, close)

// -- handles -------------------------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::actors::book_actor))

// -- jobs: they carry pointers or functions and never leave the process --------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::actors::append_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::appended))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::open_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::opened_book))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::close_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::events_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::history_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::client_call))

// -- conditions, links, batches, fences ----------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::reversal))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::account_closing))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::account_reopening))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::account_version))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::book_version))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::balance_at_least))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::balance_at_most))
CAF_ADD_TYPE_ID(daybook, (daybook::ledger::write))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::write_batch))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::fence_id))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::fence_options))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::book_pressure))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::moment))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::recorded_event))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::snapshot_info))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::ledger::receipt>))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::actors::recorded_event>))

// -- following -----------------------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::actors::subscription))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::delivery))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cursor_request))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cursor_info))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::checkpoint))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::frontier))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::watermark))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::actors::cursor_info>))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::subscriber_actor))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::subscription_actor))

CAF_ADD_ATOM(daybook, daybook::actors::atom, rehearse)
CAF_ADD_ATOM(daybook, daybook::actors::atom, begin_fence)
CAF_ADD_ATOM(daybook, daybook::actors::atom, submit)
CAF_ADD_ATOM(daybook, daybook::actors::atom, commit_fence)
CAF_ADD_ATOM(daybook, daybook::actors::atom, cancel_fence)
CAF_ADD_ATOM(daybook, daybook::actors::atom, transaction)
CAF_ADD_ATOM(daybook, daybook::actors::atom, ancestors)
CAF_ADD_ATOM(daybook, daybook::actors::atom, pressure)
CAF_ADD_ATOM(daybook, daybook::actors::atom, subscribe)
CAF_ADD_ATOM(daybook, daybook::actors::atom, credit)
CAF_ADD_ATOM(daybook, daybook::actors::atom, cancel)
CAF_ADD_ATOM(daybook, daybook::actors::atom, deliver)
CAF_ADD_ATOM(daybook, daybook::actors::atom, ended)
CAF_ADD_ATOM(daybook, daybook::actors::atom, open_cursor)
CAF_ADD_ATOM(daybook, daybook::actors::atom, store_cursor)
CAF_ADD_ATOM(daybook, daybook::actors::atom, close_cursor)
CAF_ADD_ATOM(daybook, daybook::actors::atom, remove_cursor)
CAF_ADD_ATOM(daybook, daybook::actors::atom, cursors)
CAF_ADD_ATOM(daybook, daybook::actors::atom, load_checkpoint)
CAF_ADD_ATOM(daybook, daybook::actors::atom, store_checkpoint)
CAF_ADD_ATOM(daybook, daybook::actors::atom, frontier)
CAF_ADD_ATOM(daybook, daybook::actors::atom, wait_for)
CAF_ADD_ATOM(daybook, daybook::actors::atom, report_applied)
CAF_ADD_ATOM(daybook, daybook::actors::atom, snapshot)
CAF_ADD_ATOM(daybook, daybook::actors::atom, facts)
CAF_ADD_ATOM(daybook, daybook::actors::atom, receipts)
CAF_ADD_ATOM(daybook, daybook::actors::atom, tail)
CAF_ADD_ATOM(daybook, daybook::actors::atom, indexed)
CAF_ADD_ATOM(daybook, daybook::actors::atom, follow)
CAF_ADD_ATOM(daybook, daybook::actors::atom, spill)

// -- more jobs -----------------------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::actors::facts_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::facts_answer))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::receipts_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::balance_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::trial_balance_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::ancestors_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::tail_answer))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::follow_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::spill_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::checkpoint_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::snapshot_job))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cursor_job))

// -- numbers that travel alone -------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::event_seq))

// -- books that are only read --------------------------------------------------------------------
CAF_ADD_ATOM(daybook, daybook::actors::atom, refresh)
CAF_ADD_TYPE_ID(daybook, (daybook::actors::refresh_job))

// -- accounts as they were -----------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (daybook::actors::accounts_job))

// -- supervision ---------------------------------------------------------------------------------
CAF_ADD_ATOM(daybook, daybook::actors::atom, await)
CAF_ADD_ATOM(daybook, daybook::actors::atom, attach)
CAF_ADD_ATOM(daybook, daybook::actors::atom, restart)
CAF_ADD_ATOM(daybook, daybook::actors::atom, resume)
CAF_ADD_ATOM(daybook, daybook::actors::atom, probe)
CAF_ADD_TYPE_ID(daybook, (daybook::actors::supervision_event))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::supervision_listener))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::attachment))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::probe_job))

// -- several balances at once --------------------------------------------------------------------
CAF_ADD_TYPE_ID(daybook, (std::vector<std::string>))

// -- clusters ------------------------------------------------------------------------------------
CAF_ADD_ATOM(daybook, daybook::actors::atom, cluster)
CAF_ADD_ATOM(daybook, daybook::actors::atom, gossip)
CAF_ADD_ATOM(daybook, daybook::actors::atom, join)
CAF_ADD_ATOM(daybook, daybook::actors::atom, map)
CAF_ADD_ATOM(daybook, daybook::actors::atom, add_node)
CAF_ADD_ATOM(daybook, daybook::actors::atom, remove_node)
CAF_ADD_ATOM(daybook, daybook::actors::atom, pin)
CAF_ADD_ATOM(daybook, daybook::actors::atom, unpin)
CAF_ADD_ATOM(daybook, daybook::actors::atom, holdings)
CAF_ADD_ATOM(daybook, daybook::actors::atom, dial)
CAF_ADD_TYPE_ID(daybook, (daybook::address))
CAF_ADD_TYPE_ID(daybook, (daybook::shard_map))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cluster_digest))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cluster_news))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cluster_status))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::cluster_actor))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::supervisor_actor))
CAF_ADD_ATOM(daybook, daybook::actors::atom, rest)
CAF_ADD_TYPE_ID(daybook, (daybook::actors::listening_job))

// -- moving books --------------------------------------------------------------------------------
CAF_ADD_ATOM(daybook, daybook::actors::atom, move)
CAF_ADD_ATOM(daybook, daybook::actors::atom, carry)
CAF_ADD_ATOM(daybook, daybook::actors::atom, intake)
CAF_ADD_ATOM(daybook, daybook::actors::atom, announce)
CAF_ADD_ATOM(daybook, daybook::actors::atom, chunk)
CAF_ADD_ATOM(daybook, daybook::actors::atom, warm)
CAF_ADD_ATOM(daybook, daybook::actors::atom, take)
CAF_ADD_ATOM(daybook, daybook::actors::atom, settle)
CAF_ADD_ATOM(daybook, daybook::actors::atom, forget)
CAF_ADD_ATOM(daybook, daybook::actors::atom, release)
CAF_ADD_ATOM(daybook, daybook::actors::atom, keep)
CAF_ADD_ATOM(daybook, daybook::actors::atom, adopt)
CAF_ADD_TYPE_ID(daybook, (daybook::handover))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::file_chunk))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::copied_end))
CAF_ADD_TYPE_ID(daybook, (std::vector<daybook::actors::copied_file>))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::settlement))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::intake_actor))
CAF_ADD_TYPE_ID(daybook, (daybook::actors::carry_job))

// -- statistics ----------------------------------------------------------------------------------
CAF_ADD_ATOM(daybook, daybook::actors::atom, metrics)
CAF_ADD_TYPE_ID(daybook, (daybook::actors::node_statistics))

CAF_END_TYPE_ID_BLOCK(daybook)

CAF_ERROR_CODE_ENUM(daybook::ec)
