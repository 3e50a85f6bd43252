#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

namespace daybook {

/// A value or an error.
template <class T>
using result = tl::expected<T, error>;

/// What a function returns to refuse: `return fail(ec::not_found, "…", {{"what", name}});`
inline tl::unexpected<error> fail(ec code, std::string message,
                                  std::vector<error::field> fields = {}) {
  return tl::unexpected<error>{error{code, std::move(message), std::move(fields)}};
}

/// Hands an error on to the caller.
inline tl::unexpected<error> fail(error x) { return tl::unexpected<error>{std::move(x)}; }

} // namespace daybook
