#pragma once

#include "node/torture/answer_record.hpp"
#include "node/torture/book_user.hpp"
#include "node/torture/node_board.hpp"
#include "node/torture/options.hpp"
#include "node/torture/violations.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace daybook::node::torture {

/// What came of the moves of books that were asked for.
struct move_counts {
  std::uint64_t done = 0;
  std::uint64_t refused = 0; ///< in good order
};

/// What a run has done and found.
struct torture_report {
  torture_options options;
  double seconds = 0; ///< under faults
  std::uint64_t events = 0;
  user_counts operations;
  std::map<fault, std::uint64_t> faults;
  std::vector<std::string> skipped; ///< sentences: what was not tested, and why
  recovery_times recovery;
  availability answers;
  move_counts moves;    ///< of a cluster
  double healed_ms = 0; ///< of a cluster: from the last fault's end to writes to all books
  violations found;
  std::string evidence; ///< the scratch directory, when it was kept

  bool passed() const { return found.count() == 0; }
};

/// A table for people, and the verdict.
std::string to_text(const torture_report& x);

/// One JSON object in one line.
std::string to_json(const torture_report& x);

} // namespace daybook::node::torture
