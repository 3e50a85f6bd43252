#pragma once

#include "tests/conformance/conformance.hpp"

#include <string>
#include <utility>
#include <vector>

namespace daybook::test {

/// All that a reader can know of a book.
struct picture {
  std::vector<actors::recorded_event> events;
  std::vector<std::pair<std::string, ledger::amount>> balances;
  std::vector<ledger::asset_definition> assets;
};

inline picture picture_of(const book_client& book) {
  picture x;
  x.events = all_events(book);
  for (auto& view : must(book.accounts()))
    x.balances.emplace_back(view.definition.path + (view.closed ? " (closed)" : ""), view.balance);
  x.assets = must(book.assets());
  return x;
}

inline void check_same(const picture& now, const picture& before) {
  CHECK(now.balances == before.balances);
  CHECK(now.assets == before.assets);
  REQUIRE(now.events.size() == before.events.size());
  for (std::size_t i = 0; i < now.events.size(); ++i) {
    REQUIRE(now.events[i].receipt == before.events[i].receipt);
    REQUIRE(now.events[i].content == before.events[i].content);
    REQUIRE(now.events[i].joined == before.events[i].joined);
  }
}

} // namespace daybook::test
