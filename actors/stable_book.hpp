#pragma once

#include "actors/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <string>

namespace daybook::actors {

struct stable_book_options {
  /// How long a request goes on when its book fails; as `client_options::retry_budget`.
  caf::timespan retry_budget = std::chrono::seconds{10};
};

/// A book for actors that talk to books directly: an actor with the same interface that passes
/// requests on to the incarnation of now, and sends them again, with the same key, when that fails.
/// It costs a hop. `book` was opened before: it answers as the supervisor does when there is none.
/// It runs until it is sent an exit message or the supervisor's node is lost.
///
/// Whatever a book gives to the actor that asks, a fence, a cursor, an applied mark, it gives to
/// this handle. A fence ends with its incarnation: its calls are `not_found` then. So does the hold
/// of a cursor, which is `busy` until it is opened again. Subscriptions outlive both. `stop` stops
/// the incarnation of now; the next request opens the book again.
book_actor spawn_stable_book(caf::actor_system& system, supervisor_actor node, std::string book,
                             stable_book_options options = {});

} // namespace daybook::actors
