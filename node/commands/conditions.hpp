#pragma once

#include "actors/client.hpp"
#include "base/result.hpp"
#include "ledger/types.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace daybook::node {

/// What a command insists on, as it is typed.
struct condition_options {
  std::string seq;
  std::vector<std::string> versions;
  std::vector<std::string> at_least;
  std::vector<std::string> at_most;
};

void add_condition_options(CLI::App& command, condition_options& to);

/// Amounts are read at the precision of their accounts. Errors: `unknown_account`; those of reading
/// an amount, with `account`; those of asking.
result<std::vector<ledger::condition>> read_conditions(const book_client& book,
                                                       const condition_options& options);

} // namespace daybook::node
