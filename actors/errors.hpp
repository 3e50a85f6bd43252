#pragma once

#include "actors/type_ids.hpp"
#include "base/result.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>

#include <cstdint>

namespace daybook::actors {

/// The error as CAF carries it: category `daybook::ec`, the whole `daybook::error` as context.
caf::error to_caf(error x);

/// What an answer of CAF means to a caller. Our own errors come back whole. CAF's own (the actor
/// died, the node went away, the request timed out) become `fallback`, with CAF's words in the
/// message: `outcome_unknown` after a write, `io` after a read. A write that was in the mailbox of
/// an actor which ended, or came later, is `restarting`: nobody has looked at it.
error from_caf(const caf::error& x, ec fallback);

/// What an error in answer to a request says of the request.
enum class fate : std::uint8_t {
  decided,      ///< this is the answer, or there will be none: asking again is the caller's choice
  not_accepted, ///< nobody has looked at it: it may be sent to the next incarnation of the book
  unknown       ///< the book ended over it: it may have been done, or not
};
fate fate_of(const caf::error& x);

/// An answer of a handler from a result of the pure rooms.
template <class T>
caf::result<T> to_answer(result<T> x) {
  if (x)
    return std::move(*x);
  return to_caf(std::move(x.error()));
}

} // namespace daybook::actors
