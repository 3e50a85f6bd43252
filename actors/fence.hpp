#pragma once

#include "actors/messages.hpp"
#include "actors/pending_replies.hpp"

#include <caf/actor_addr.hpp>
#include <caf/disposable.hpp>

#include <optional>
#include <vector>

namespace daybook::actors {

/// A fence of a book: from `begin_fence` to its end. What is written behind it is staged in an open
/// unit of the machine and goes to the log, in one batch, when it is committed; a crash before that
/// leaves nothing, as a cancel does (docs/decisions/0005).
struct fence {
  fence_id id;
  caf::actor_addr owner;
  caf::timespan timeout{};
  /// Who waits for it to begin: for everything before it to be durable. Empty once it is active.
  std::optional<caf::typed_response_promise<fence_id>> beginning;
  /// What was accepted behind it.
  std::vector<ledger::staged> accepted;
  caf::disposable timer{}; ///< cancels it when its time is over
  timestamp until{};       ///< when that will be, once it is active

  bool is_active() const { return !beginning; }
};

} // namespace daybook::actors
