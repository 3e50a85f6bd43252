#include "node/table.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

using namespace daybook::node;

using lines = std::vector<std::string>;

TEST_CASE("columns are as wide as they have to be, and numbers stand to the right") {
  table x{{"book", " events", "state"}};
  x.add({"a", "1,000,000", "running"});
  x.add({"longer", "7", ""});
  CHECK(x.lines() == lines{"book       events  state",   //
                           "a       1,000,000  running", //
                           "longer          7"});
}

TEST_CASE("text gives way to numbers when a line is too long") {
  table x{{"book", " events"}};
  x.add({"a-book-with-a-long-name", "123,456"});
  CHECK(x.lines(20) == lines{"book          events", //
                             "a-book-wit…  123,456"});
  for (auto& line : x.lines(9))
    CHECK(columns_of(line) <= 9);
}

TEST_CASE("text is cut between characters") {
  CHECK(cut_to("účet", 4) == "účet");
  CHECK(cut_to("účet", 3) == "úč…");
  CHECK(columns_of(cut_to("účetnictví", 5)) == 5);
}

TEST_CASE("large numbers have separators") {
  CHECK(with_separators(0) == "0");
  CHECK(with_separators(999) == "999");
  CHECK(with_separators(1'000) == "1,000");
  CHECK(with_separators(1'234'567) == "1,234,567");
}
