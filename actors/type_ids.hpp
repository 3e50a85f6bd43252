#pragma once

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

CAF_END_TYPE_ID_BLOCK(daybook)

CAF_ERROR_CODE_ENUM(daybook::ec)
