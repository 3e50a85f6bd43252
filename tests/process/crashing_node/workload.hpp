#pragma once

#include "actors/client.hpp"
#include "ledger/types.hpp"
#include "tests/process/crashing_node/answers.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace daybook::test {

/// Something that one client does.
struct action {
  enum class kind : std::uint8_t {
    each,      ///< every write in a message of its own
    message,   ///< all in one message, each by itself
    atomic,    ///< all or nothing
    fence,     ///< behind a fence, which is committed
    cancelled, ///< behind a fence, which is cancelled
    conflict,  ///< keys that were used for other content
    snapshot
  };

  kind what = kind::each;
  std::vector<ledger::command> writes{};

  /// Whether the writes are in the book all together or not at all.
  bool is_unit() const { return what == kind::atomic || what == kind::fence; }
};

/// All that is done in one run, always the same. It may be done again from its beginning over any
/// part of itself: what was written is a repeat then.
std::vector<action> whole_workload();

/// The same transaction with another amount.
ledger::command altered(ledger::command x);

/// Does some of it, one thing after the other, and gives every answer to `heard`. Throws `broken`.
void perform(const book_client& book, std::span<const action> actions, answers& heard);

} // namespace daybook::test
