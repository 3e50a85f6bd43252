#pragma once

#include "actors/batch_buffer.hpp"
#include "actors/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>

#include <memory>
#include <vector>

// How a book's events reach those who follow it within the process: they pull. Nothing is ever
// queued for a follower, and a slow one costs the writer nothing.

namespace daybook::actors {

/// What a follower gets when it asks for the events from a seq on.
struct tail_answer {
  /// The batches from the one that holds the seq on, as far as memory has them. Empty when the seq
  /// is older than that: then the log has it.
  std::vector<std::shared_ptr<const batch_buffer>> batches;
  event_seq durable; ///< the log may be read up to here
};

/// THE FEED: the side of a book that its followers on the node talk to.
using feed_actor = caf::typed_actor<
    // Waits until the event is durable. Errors: the book ends.
    auto(atom::tail, event_seq)->caf::result<tail_answer>,
    // The history is indexed up to this event; zero: until this is said again, there is no index.
    auto(atom::indexed, event_seq)->caf::result<void>>;

} // namespace daybook::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(daybook::actors::tail_answer)
