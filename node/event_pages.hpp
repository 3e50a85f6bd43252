#pragma once

#include "actors/client.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>

namespace daybook::node {

/// Gives a book's durable events from `from` on to `visit`, at most `limit` of them, until it
/// returns false. Holds one page at a time. Errors: those of asking.
result<void> each_event(const book_client& book, event_seq from, std::uint64_t limit,
                        const std::function<bool(const actors::recorded_event&)>& visit);

} // namespace daybook::node
