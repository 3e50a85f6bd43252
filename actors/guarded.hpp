#pragma once

#include "actors/errors.hpp"

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

// What an actor does for others may throw: memory is short, a library gives up. An actor that works
// for many books must not end over one of them.

namespace daybook::actors {

/// What was thrown, for a person.
std::string describe(const std::exception_ptr& thrown);

/// The error in place of an answer, when something was thrown on the way to it.
error unexpected(const std::exception_ptr& thrown);

/// Calls `work`, which gives a `result` or a `caf::result`; what it throws becomes an `internal`
/// error.
template <class Work>
auto guarded(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    auto reason = unexpected(std::current_exception());
    if constexpr (std::is_convertible_v<caf::error, decltype(work())>)
      return to_caf(std::move(reason));
    else
      return tl::unexpected(std::move(reason));
  }
}

} // namespace daybook::actors
