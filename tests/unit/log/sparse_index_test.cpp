#include "log/sparse_index.hpp"

#include <catch2/catch_all.hpp>

#include <thread>

using namespace daybook;
using namespace daybook::log;

namespace {

constexpr auto spacing = sparse_index::spacing_bytes;

} // namespace

TEST_CASE("a sparse index keeps the first place and then one for each spacing") {
  sparse_index index;
  index.add(event_seq{5}, 4224);
  index.add(event_seq{6}, 5000);
  index.add(event_seq{8}, 4224 + spacing - 8);
  index.add(event_seq{9}, 4224 + spacing);
  index.add(event_seq{10}, 4224 + 2 * spacing - 8);
  index.add(event_seq{11}, 4224 + 7 * spacing);
  index.add(event_seq{5}, 4224);
  CHECK(index.places() == std::vector<record_place>{{event_seq{5}, 4224},
                                                    {event_seq{9}, 4224 + spacing},
                                                    {event_seq{11}, 4224 + 7 * spacing}});
}

TEST_CASE("a sparse index finds the last place at or before a seq") {
  sparse_index index;
  CHECK_FALSE(index.find(event_seq{1}));
  index.add(event_seq{5}, 4224);
  index.add(event_seq{9}, 4224 + spacing);
  CHECK_FALSE(index.find(event_seq{4}));
  CHECK(index.find(event_seq{5})->first_seq == event_seq{5});
  CHECK(index.find(event_seq{8})->first_seq == event_seq{5});
  CHECK(index.find(event_seq{9})->first_seq == event_seq{9});
  CHECK(index.find(event_seq{100})->offset == 4224 + spacing);
}

TEST_CASE("a live index answers for the writer's segment alone") {
  live_index index;
  CHECK_FALSE(index.find(event_seq{1}, event_seq{5}));
  sparse_index known;
  known.add(event_seq{1}, 4224);
  index.begin(event_seq{1}, known);
  index.add(event_seq{7}, 4224 + spacing);
  CHECK(index.find(event_seq{1}, event_seq{8})->first_seq == event_seq{7});
  CHECK_FALSE(index.find(event_seq{7}, event_seq{8}));
  index.begin(event_seq{20}, {});
  CHECK_FALSE(index.find(event_seq{1}, event_seq{8}));
  CHECK_FALSE(index.find(event_seq{20}, event_seq{30}));
}

TEST_CASE("a live index is read while it is written") {
  live_index index;
  index.begin(event_seq{1}, {});
  constexpr std::uint64_t count = 2000;
  std::thread reader{[&] {
    std::uint64_t seen = 0;
    while (seen < count)
      if (auto found = index.find(event_seq{1}, event_seq{count})) {
        auto seq = found->first_seq.value();
        if (seq < seen || found->offset != seq * spacing)
          std::abort();
        seen = seq;
      }
  }};
  for (std::uint64_t seq = 1; seq <= count; ++seq)
    index.add(event_seq{seq}, seq * spacing);
  reader.join();
  CHECK(index.index().places().size() == count);
}
