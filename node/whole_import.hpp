#pragma once

#include "actors/client.hpp"
#include "base/limits.hpp"
#include "base/result.hpp"
#include "node/asset_precisions.hpp"
#include "node/importer.hpp"
#include "node/line_splitter.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace daybook::node {

struct whole_import_options {
  bool atomic = false;  ///< all lines or none; a rejected line is the end
  bool dry_run = false; ///< what would happen; nothing is written
};

/// Reads all lines of an input and sends them in one message, as one atomic batch, to be rehearsed,
/// or both. Holds all of them. One thread.
class whole_import {
public:
  whole_import(book_client book, asset_precisions known, whole_import_options options,
               importer::on_rejected rejected);

  /// Takes one line; blank ones are skipped. Errors: `limit_exceeded` when there are too many.
  result<void> add(const input_line& line);

  /// Sends them and waits for the answer. Errors: `outcome_unknown`, `overloaded` after long
  /// waiting, `limit_exceeded` for all lines together, `io`.
  result<void> finish();

  /// No line can change the outcome any more.
  bool stopped() const { return options_.atomic && !rejected_lines_.empty(); }

  const import_report& report() const { return report_; }

private:
  using answers = result<std::vector<book_client::write_result>>;

  std::size_t items_max() const;
  result<void> check_room() const;
  result<void> send();
  answers ask() const;
  result<void> judge(const answers& got);
  void count(const ledger::receipt& x) {
    ++(x.deduplicated ? report_.deduplicated : report_.accepted);
  }
  void report_rejected();

  book_client book_;
  asset_precisions precisions_;
  whole_import_options options_;
  importer::on_rejected rejected_;
  limits bounds_;
  import_report report_;
  std::vector<ledger::write> items_;
  std::vector<std::uint64_t> lines_; ///< of the items
  std::map<std::uint64_t, error> rejected_lines_;
};

} // namespace daybook::node
