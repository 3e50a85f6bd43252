#pragma once

#include "actors/type_ids.hpp"
#include "base/result.hpp"

#include <caf/error.hpp>
#include <caf/result.hpp>

namespace daybook::actors {

/// The error as CAF carries it: category `daybook::ec`, the whole `daybook::error` as context.
caf::error to_caf(error x);

/// What an answer of CAF means to a caller. Our own errors come back whole. CAF's own (the actor
/// died, the node went away, the request timed out) become `fallback`, with CAF's words in the
/// message: `outcome_unknown` after a write, `io` after a read.
error from_caf(const caf::error& x, ec fallback);

/// An answer of a handler from a result of the pure rooms.
template <class T>
caf::result<T> to_answer(result<T> x) {
  if (x)
    return std::move(*x);
  return to_caf(std::move(x.error()));
}

} // namespace daybook::actors
