#pragma once

#include "base/result.hpp"
#include "node/output.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <functional>

// Every command of the program, each in its own file. A command describes itself to the parser;
// when it is chosen it leaves in `request` what is to be done.

namespace daybook::node {

/// What the command line asks for. Set by parsing it, then run once.
struct request {
  bool json = false;
  std::function<result<void>(output&)> run;
};

/// One line on standard error: what is wrong with the command line, and where to read on.
void print_usage_problem(const CLI::App& program, const CLI::ParseError& problem);

void add_serve(CLI::App& program, request& chosen);
void add_import(CLI::App& program, request& chosen);
void add_export(CLI::App& program, request& chosen);
void add_book(CLI::App& program, request& chosen);
void add_cluster(CLI::App& program, request& chosen);
void add_asset(CLI::App& program, request& chosen);
void add_account(CLI::App& program, request& chosen);
void add_post(CLI::App& program, request& chosen);
void add_reverse(CLI::App& program, request& chosen);
void add_balance(CLI::App& program, request& chosen);
void add_balances(CLI::App& program, request& chosen);
void add_history(CLI::App& program, request& chosen);
void add_trial_balance(CLI::App& program, request& chosen);
void add_events(CLI::App& program, request& chosen);
void add_show(CLI::App& program, request& chosen);
void add_ancestors(CLI::App& program, request& chosen);
void add_status(CLI::App& program, request& chosen);
void add_top(CLI::App& program, request& chosen);
void add_snapshot(CLI::App& program, request& chosen);
void add_cursors(CLI::App& program, request& chosen);
void add_cursor(CLI::App& program, request& chosen);
void add_verify(CLI::App& program, request& chosen);
void add_backup(CLI::App& program, request& chosen);
void add_health(CLI::App& program, request& chosen);
void add_bench(CLI::App& program, request& chosen);
void add_torture(CLI::App& program, request& chosen);

/// In the order of the help.
inline constexpr std::array commands{
    &add_serve,         &add_import,  &add_export,  &add_book,      &add_cluster,  &add_asset,
    &add_account,       &add_post,    &add_reverse, &add_balance,   &add_balances, &add_history,
    &add_trial_balance, &add_events,  &add_show,    &add_ancestors, &add_status,   &add_top,
    &add_snapshot,      &add_cursors, &add_cursor,  &add_verify,    &add_backup,   &add_health,
    &add_bench,         &add_torture,
};

} // namespace daybook::node
