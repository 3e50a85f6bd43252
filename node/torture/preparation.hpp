#pragma once

#include "actors/client.hpp"
#include "node/torture/options.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace daybook::node::torture {

/// Creates a book, opens its accounts and writes the transactions of the preloader, in large
/// messages, several at a time. `on_progress` is told how many more are durable, and says whether
/// to go on. Blocks. Errors: what the book answers; `timed_out` when it is not to go on.
result<void> prepare_book(const client& node, const std::string& book,
                          const torture_options& options,
                          const std::function<bool(std::uint64_t)>& on_progress);

} // namespace daybook::node::torture
