#pragma once

#include "actors/messages.hpp"
#include "base/error.hpp"
#include "ledger/types.hpp"
#include "tests/simulation/causes.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daybook::simulation {

/// How a write goes to a book.
enum class form : std::uint8_t {
  single, ///< one write in a message of its own
  many,   ///< several commands in a message
  batch,  ///< several writes, with all that may be said of them, perhaps all or nothing
  rehearsal,
  begin_fence,
  submit,
  commit_fence,
  cancel_fence
};

std::string_view to_string(form x);

/// One message of a client to a book, and what came of it. In the order in which they came to the
/// book, requests and their answers have to explain its log.
struct request {
  form how = form::single;
  std::size_t number = 0; ///< for the trace
  std::size_t client = 0;
  std::vector<ledger::write> items;
  bool atomic = false;
  actors::fence_id fence;
  std::int64_t timeout_us = 0; ///< of a fence that begins

  // -- what came of it
  causes::asking asked;
  std::int64_t arrived_us = 0; ///< machine time
  std::int64_t answered_us = 0;
  bool is_answered = false;
  bool is_orphaned = false;              ///< its client was killed: there will be no answer
  std::optional<error> failed;           ///< the whole message
  std::vector<actors::outcome> outcomes; ///< else, of each item; of a fence that is committed, too
  actors::fence_id began;
};

/// For the trace: "5 batch atomic [transfer k7 a0>a2 15, close a3]".
std::string describe(const request& x);
std::string describe(const ledger::write& x);

/// "receipt 17", "receipt 17 again", "limit_exceeded".
std::string describe_answer(const request& x);

} // namespace daybook::simulation
