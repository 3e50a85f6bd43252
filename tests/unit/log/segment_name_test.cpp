#include "log/segment_name.hpp"

#include <catch2/catch_all.hpp>

#include <limits>

using namespace daybook;
using namespace daybook::log;

TEST_CASE("a segment's name is its first seq in 20 digits") {
  CHECK(segment_name(event_seq{1}) == "segment-00000000000000000001.log");
  CHECK(parse_segment_name("segment-00000000000000000042.log") == event_seq{42});
  event_seq largest{std::numeric_limits<std::uint64_t>::max()};
  CHECK(parse_segment_name(segment_name(largest)) == largest);
}

TEST_CASE("other names are no segments") {
  auto name = GENERATE("", "segment-", "segment-1.log", "segment-00000000000000000000.log",
                       "segment-0000000000000000000x.log", "segment--0000000000000000001.log",
                       "segment-+0000000000000000001.log", "segment-99999999999999999999.log",
                       "segment-00000000000000000001.log~", "Segment-00000000000000000001.log",
                       "snapshot-00000000000000000001.snap", "segment-00000000000000000001.tmp");
  CHECK_FALSE(parse_segment_name(name));
}
