#include "log/recovery.hpp"

#include <catch2/catch_all.hpp>

#include <optional>
#include <vector>

using namespace daybook::log;

namespace {

/// The documented table, as data. An empty cell means "any".
struct row {
  std::optional<bool> next_follows;
  std::optional<bool> rest_is_zero;
  std::optional<bool> sealed;
  std::optional<bool> last_segment;
  std::optional<bool> record_after;
  std::optional<bool> incomplete;
  verdict expected;

  bool matches(const evidence& x) const {
    auto fits = [](std::optional<bool> cell, bool value) { return !cell || *cell == value; };
    return fits(next_follows, x.next_follows) && fits(rest_is_zero, x.rest_is_zero) &&
           fits(sealed, x.sealed) && fits(last_segment, x.last_segment) &&
           fits(record_after, x.record_after) &&
           fits(incomplete, x.ends_inside || x.sector_missing);
  }
};

const std::vector<row> table{
    {true, {}, {}, {}, {}, {}, verdict::clean_end},
    {false, true, {}, {}, {}, {}, verdict::clean_end},
    {false, false, true, false, {}, {}, verdict::clean_end},
    {false, false, true, true, {}, {}, verdict::corrupt},
    {false, false, false, false, {}, {}, verdict::corrupt},
    {false, false, false, true, true, {}, verdict::corrupt},
    {false, false, false, true, false, false, verdict::corrupt},
    {false, false, false, true, false, true, verdict::cut_tail},
};

} // namespace

TEST_CASE("exactly one row of the table fits any evidence", "[I8]") {
  for (unsigned bits = 0; bits < 128; ++bits) {
    auto bit = [&](unsigned i) { return (bits >> i & 1) != 0; };
    evidence seen{.next_follows = bit(0),
                  .rest_is_zero = bit(1),
                  .sealed = bit(2),
                  .last_segment = bit(3),
                  .record_after = bit(4),
                  .ends_inside = bit(5),
                  .sector_missing = bit(6)};
    CAPTURE(bits);
    std::vector<verdict> found;
    for (auto& x : table)
      if (x.matches(seen))
        found.push_back(x.expected);
    REQUIRE(found.size() == 1);
    CHECK(decide(seen) == found.front());
    CHECK_FALSE(explain(seen).empty());
  }
}
