#include "node/progress.hpp"

#include <catch2/catch_all.hpp>

namespace daybook::node {

TEST_CASE("known work is a bar and a percentage") {
  work importing{"importing", "bytes", 200};
  CHECK(progress_line(importing, 0, 28) == "importing [          ]   0 %");
  CHECK(progress_line(importing, 100, 28) == "importing [=====     ]  50 %");
  CHECK(progress_line(importing, 199, 28) == "importing [========= ]  99 %");
  CHECK(progress_line(importing, 200, 28) == "importing [==========] 100 %");
}

TEST_CASE("a bar never passes its end") {
  CHECK(progress_line({"x", "bytes", 10}, 11, 20) == "x [==========] 100 %");
  CHECK(progress_line({"x", "bytes", 0}, 0, 20) == "x [==========] 100 %");
  CHECK(progress_line({"x", "bytes", ~std::uint64_t{0}}, ~std::uint64_t{0}, 20) ==
        "x [==========] 100 %");
}

TEST_CASE("work of unknown size is a count") {
  CHECK(progress_line({"importing", "bytes", {}}, 1'234'567, 80) == "importing 1,234,567 bytes");
  CHECK(progress_line({"importing", "bytes", {}}, 999, 80) == "importing 999 bytes");
  CHECK(progress_line({"importing", "bytes", {}}, 1'000, 80) == "importing 1,000 bytes");
}

TEST_CASE("a progress line keeps to the width of the terminal") {
  auto width = GENERATE(0u, 1u, 10u, 20u, 40u, 79u, 200u);
  CAPTURE(width);
  CHECK(progress_line({"importing", "bytes", 10}, 3, width).size() <= width);
  CHECK(progress_line({"importing", "bytes", {}}, 3, width).size() <= width);
}

} // namespace daybook::node
