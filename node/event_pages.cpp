#include "node/event_pages.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace daybook::node {

namespace {

constexpr std::uint64_t page_events = 1'000;

} // namespace

result<void> each_event(const book_client& book, event_seq from, std::uint64_t limit,
                        const std::function<bool(const actors::recorded_event&)>& visit) {
  for (std::optional next = from; next && limit > 0;) {
    auto wanted = static_cast<std::uint32_t>(std::min(limit, page_events));
    auto page = book.events({*next, wanted});
    if (!page)
      return fail(std::move(page.error()));
    for (auto& event : page->items)
      if (!visit(event))
        return {};
    limit -= page->items.size();
    next = page->next;
  }
  return {};
}

} // namespace daybook::node
