#pragma once

#include "node/commands/define.hpp"
#include "node/rows.hpp"

#include <optional>
#include <string>
#include <vector>

// What `post` and `reverse` have in common.

namespace daybook::node {

/// Options of a command that posts one transaction.
struct posting_options : book_options {
  std::string key;
  std::string occurred_at;
  std::string metadata;
  std::string correlation_id;
  bool dry_run = false;
};

void add_posting_options(CLI::App& command, posting_options& to);

/// Errors: `invalid_argument`, `limit_exceeded`.
result<std::optional<timestamp>> read_occurred_at(const posting_options& options);
result<std::string> read_metadata(const posting_options& options);

/// Commits it, or rehearses it with `--dry-run`, and prints the receipt.
result<void> write_and_print(const book_client& book, ledger::write asked,
                             const std::vector<posted_account>& accounts, bool dry_run,
                             output& out);

} // namespace daybook::node
